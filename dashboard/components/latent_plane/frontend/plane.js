// The latent plane: one instance per place on the page, its state, and what every gesture means.
import { DOUBLE_CLICK_MS, listenToGestures } from "./gestures.js";
import { DecoderClient } from "./decoding.js";
import { HoverCard } from "./card.js";
import { Legend } from "./legend.js";
import { Panel } from "./panel.js";
import { PositionIndex } from "./picking.js";
import { Sliders } from "./sliders.js";
import { Stage } from "./stage.js";
import { classColours } from "./palette.js";
import { codeText, counted, dimensionName, fixed } from "./text.js";
import { columnMeans, columnRange, panBy, planePositions, toLatent, toScreen, zoomAt } from "./geometry.js";
import { debounced, throttled } from "./dom.js";
import { inflate, meanSquaredError, storedImage } from "./pixels.js";
import { parseSafetensors } from "./safetensors.js";
import { readLink, writeLink } from "./link.js";

// FiftyOne's figures: generous to the hand, and quiet while the pointer only passes through.
const PICK_RADIUS = 14;
const HIT_TEST_MS = 50;
const DWELL_MS = 125;
const VIEW_COMMIT_MS = 400;
const KEY_STEP = 0.01;

class LatentPlane {
  constructor(root, bytes, host) {
    this.root = root;
    this.bytes = bytes;
    this.host = host;
    this.abort = new AbortController();
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.part("problem").hidden = true;
  }

  /** Everything that can fail or must be released; `dispose` releases as much as was reached. */
  start() {
    this.readPacked(this.bytes);
    this.client = new DecoderClient(
      WORKER_SOURCE,
      { layers: this.packed.layers, tensors: this.weights, latentDim: this.latentDim },
      (image, code, timeStamp) => this.panel.paint(image, code, timeStamp),
      (text) => this.complain(`The decoder cannot run in this browser: ${text}`),
    );
    // The worker has its own copy.
    this.weights = null;
    this.restore();
    this.build();
    this.unpackOriginals();
  }

  readPacked(bytes) {
    const { tensors, metadata } = parseSafetensors(bytes);
    const { codes, labels, errors, pixels, ...weights } = tensors;
    this.packed = JSON.parse(metadata.plane);
    this.weights = weights;
    this.codes = codes.data;
    this.labels = labels.data;
    this.errors = errors?.data ?? null;
    this.deflated = pixels?.data ?? null;
    this.pixels = null;
    this.latentDim = this.packed.latent_dim;
    this.shape = this.packed.image_shape;
    this.classes = this.packed.classes;
    this.colours = classColours(this.classes.length);
  }

  /** The first state: the address where it says something readable, else the defaults. */
  restore() {
    const about = { count: this.labels.length, latentDim: this.latentDim, classes: this.classes };
    const link = readLink(window.location.search, this.packed.url ?? {}, about);
    this.axes = link.axes ?? (this.latentDim > 1 ? [0, 1] : [0, -1]);
    this.view = link.view;
    this.hidden = link.hidden;
    this.overlays = new Set(link.overlays);
    if (this.packed.prior !== "standard_normal") this.overlays.delete("prior");
    this.selection = link.selection;
    this.base = this.packed.prior ? new Float64Array(this.latentDim) : columnMeans(this.codes, this.latentDim);
    if (this.selection) this.base = Float64Array.from(this.codeOf(this.selection));
    this.shown = this.base;
    this.hovered = -1;
    this.committed = { selection: JSON.stringify(this.selectionValue()), view: JSON.stringify(this.viewValue()) };
    this.positions = planePositions(this.codes, this.latentDim, this.axes);
    this.index = new PositionIndex(this.positions);
  }

  build() {
    const { part } = this;
    this.codeAt = (x, y) => this.codeAtPosition(x, y);
    this.isHidden = (label) => this.hidden.includes(label);
    this.stage = new Stage(part, this, this.client);
    this.panel = new Panel(part, this.packed, {
      onUnpin: () => this.clearSelection(),
      selection: () => this.selectionValue(),
    });
    this.card = new HoverCard(part("card"), this.shape);
    const counts = new Array(this.classes.length).fill(0);
    for (const label of this.labels) counts[label]++;
    this.legend = new Legend(part("legend"), { classes: this.classes, counts, colours: this.colours }, this.hidden, (hidden) => {
      this.hidden = hidden;
      this.stopHover();
      this.viewChanged();
    });
    this.sliders = new Sliders({ list: part("sliders"), axes: part("axes") }, this.sliderRanges(), this.axes, {
      onMove: (dim, value, timeStamp) => this.moveSlider(dim, value, timeStamp),
      onRelease: () => this.commitSelection(0),
      onAxes: (axes) => this.changeAxes(axes),
    });
    this.commitView = debounced(() => this.send("view", this.viewValue()), VIEW_COMMIT_MS);
    this.hitTest = throttled(() => this.hover(), HIT_TEST_MS);
    this.announce = throttled((text) => (part("live").textContent = text), 700);
    this.describe = throttled(() => this.describePlane(), 700);
    this.listen();
    this.stage.positionsChanged();
    this.showOverlayButtons();
    this.selectionChanged(performance.now());
  }

  listen() {
    const { signal } = this.abort;
    const plane = this.part("plane");
    listenToGestures(plane, this.gestures(), () => plane.classList.contains("has-hand"), signal);
    plane.onkeydown = (event) => this.key(event);
    this.part("theme").addEventListener("transitionend", () => this.stage.readTheme(), { signal });
    for (const button of this.root.querySelectorAll("[data-overlay]")) {
      button.onclick = () => this.toggleOverlay(button.dataset.overlay);
    }
    this.part("hand").onclick = () => {
      const isHand = plane.classList.toggle("has-hand");
      this.part("hand").setAttribute("aria-pressed", String(isHand));
    };
    const zoom = (factor) => () => this.zoom(this.stage.size.width / 2, this.stage.size.height / 2, factor);
    this.part("zoom-in").onclick = zoom(1.5);
    this.part("zoom-out").onclick = zoom(1 / 1.5);
    this.part("reset").onclick = () => this.resetView();
  }

  gestures() {
    let before = null;
    const restoreSelection = () => {
      this.cancelCommit();
      this.select(before, performance.now());
    };
    return {
      hover: (x, y, t) => this.peek(x, y, t),
      leave: () => this.leave(),
      click: (x, y, t) => {
        before = this.selection;
        const i = this.pick(x, y, PICK_RADIUS);
        this.select(i >= 0 ? { index: i } : { code: this.codeUnder(x, y) }, t);
        this.commitSelection(DOUBLE_CLICK_MS);
      },
      doubleClick: () => {
        restoreSelection();
        this.resetView();
      },
      dragStart: () => {
        before = this.selection;
        this.cancelCommit();
        this.stopHover();
      },
      drag: (x, y, t) => this.select({ code: this.codeUnder(x, y) }, t),
      dragEnd: () => this.commitSelection(0),
      dragCancel: restoreSelection,
      pan: (dx, dy) => this.changeView(panBy(this.stage.view(), this.stage.size, dx, dy)),
      zoom: (x, y, factor) => this.zoom(x, y, factor),
    };
  }

  // ---- Codes and positions

  codeOf(selection) {
    if (selection.code) return selection.code;
    return this.codes.subarray(selection.index * this.latentDim, (selection.index + 1) * this.latentDim);
  }

  codeAtPosition(x, y) {
    const code = Float64Array.from(this.base);
    code[this.axes[0]] = x;
    if (this.axes[1] >= 0) code[this.axes[1]] = y;
    return code;
  }

  codeUnder(px, py) {
    return this.codeAtPosition(...toLatent(this.stage.view(), this.stage.size, px, py));
  }

  positionOf(code) {
    return [code[this.axes[0]], this.axes[1] < 0 ? 0 : code[this.axes[1]]];
  }

  pick(px, py, radius) {
    const { size } = this.stage;
    const view = this.stage.view();
    const scale = size.width / view.width;
    const accepts = (i) => !this.hidden.includes(this.labels[i]);
    return this.index.nearest(...toLatent(view, size, px, py), radius / scale, accepts);
  }

  // ---- Decoding under the pointer

  show(code, timeStamp) {
    this.shown = code;
    this.client.decodeNow(code, timeStamp);
    this.sliders.show(code);
    this.describe();
  }

  peek(x, y, timeStamp) {
    this.pointer = { x, y };
    this.show(this.codeUnder(x, y), timeStamp);
    this.stage.mark({ cursor: null });
    this.hitTest();
  }

  leave() {
    this.pointer = null;
    this.stopHover();
    if (this.selection) this.show(this.codeOf(this.selection), performance.now());
    else this.stage.mark({ cursor: this.positionOf(this.shown) });
  }

  hover() {
    if (!this.pointer) return;
    const i = this.pick(this.pointer.x, this.pointer.y, PICK_RADIUS);
    if (i === this.hovered) return;
    this.stopHover();
    this.hovered = i;
    if (i < 0) return;
    this.stage.mark({ ring: this.positionOf(this.codeOf({ index: i })) });
    this.dwell = setTimeout(() => this.openCard(i), DWELL_MS);
  }

  stopHover() {
    clearTimeout(this.dwell);
    this.hitTest.cancel();
    this.hovered = -1;
    this.card.hide();
    this.stage.mark({ ring: null });
  }

  openCard(i) {
    const code = this.codeOf({ index: i });
    const place = (reconstruction) => {
      if (this.hovered !== i) return;
      const [x, y] = toScreen(this.stage.view(), this.stage.size, ...this.positionOf(code));
      this.card.show({ ...this.about(i, reconstruction), code }, { x, y }, this.stage.size);
    };
    this.client.decodeLater(Float32Array.from(code), (_, image) => place(image), true);
  }

  about(i, reconstruction) {
    const original = this.pixels && storedImage(this.pixels, i, this.shape);
    const computed = original && reconstruction ? meanSquaredError(original, reconstruction) : null;
    return {
      index: i,
      label: this.classes[this.labels[i]],
      error: this.errors ? this.errors[i] : computed,
      original,
      reconstruction,
      originals: this.pixels ? "present" : this.deflated ? "loading" : "absent",
    };
  }

  // ---- The selection: a code, a pinned position, or nothing

  select(selection, timeStamp) {
    this.selection = selection;
    this.selectionChanged(timeStamp);
  }

  selectionChanged(timeStamp) {
    if (this.selection) {
      const code = Float64Array.from(this.codeOf(this.selection));
      const isRestMoved = code.some((value, dim) => !this.axes.includes(dim) && value !== this.base[dim]);
      this.base = code;
      if (isRestMoved) this.stage.refreshOverlays();
    }
    this.show(this.selection ? this.base : this.shown, timeStamp);
    this.markSelection();
    this.showSelectedImage();
  }

  markSelection() {
    this.part("pin").classList.toggle("is-position", Boolean(this.selection?.code));
    this.stage.mark({
      pin: this.selection && this.positionOf(this.base),
      cursor: this.selection || this.pointer ? null : this.positionOf(this.shown),
    });
  }

  showSelectedImage() {
    const i = this.selection?.index ?? -1;
    if (i < 0) {
      // A drag comes here at every move: the page is touched only when it says something else.
      const next = this.selection ? "pinned" : "none";
      if (this.panelShows !== next) this.panel.showNothing(Boolean(this.selection));
      this.panelShows = next;
      return;
    }
    this.panelShows = i;
    this.client.decodeLater(
      Float32Array.from(this.codeOf({ index: i })),
      (_, image) => this.panelShows === i && this.panel.showSelected(this.about(i, image)),
      true,
    );
  }

  clearSelection() {
    if (!this.selection) return;
    this.select(null, performance.now());
    this.commitSelection(0);
    this.announce("Nothing is selected.");
  }

  moveSlider(dim, value, timeStamp) {
    const code = Array.from(this.selection ? this.base : this.shown);
    code[dim] = value;
    this.select({ code }, timeStamp);
  }

  selectionValue() {
    if (!this.selection) return null;
    if (!this.selection.code) return { index: this.selection.index };
    // Six decimals are finer than a pixel at any zoom, and keep the address short.
    return { code: Array.from(this.selection.code, (value) => Number(value.toFixed(6))) };
  }

  commitSelection(delay) {
    this.cancelCommit();
    this.commitTimer = setTimeout(() => this.send("selection", this.selectionValue()), delay);
  }

  cancelCommit() {
    clearTimeout(this.commitTimer);
  }

  // ---- View, axes, classes, overlays

  zoom(x, y, factor) {
    const whole = this.stage.wholeView().width;
    // Beyond these the dots are one dot, or single-precision positions begin to jump.
    const limits = { min: whole / 2000, max: whole * 8 };
    this.changeView(zoomAt(this.stage.view(), this.stage.size, x, y, factor, limits));
  }

  changeView(view) {
    this.view = view;
    this.stopHover();
    this.viewChanged();
    if (this.pointer) this.hitTest();
  }

  resetView() {
    this.changeView(null);
  }

  viewChanged() {
    this.stage.requestDraw();
    this.stage.refreshOverlays();
    this.commitView();
  }

  changeAxes(axes) {
    this.axes = axes;
    this.view = null;
    this.positions = planePositions(this.codes, this.latentDim, axes);
    this.index = new PositionIndex(this.positions);
    this.sliders.showAxes(axes);
    this.stopHover();
    this.stage.positionsChanged();
    this.markSelection();
    this.commitView();
  }

  toggleOverlay(name) {
    if (!this.overlays.delete(name)) this.overlays.add(name);
    this.showOverlayButtons();
    this.stage.updateOverlays();
    this.commitView();
  }

  showOverlayButtons() {
    for (const button of this.root.querySelectorAll("[data-overlay]")) {
      button.hidden = button.dataset.overlay === "prior" && this.packed.prior !== "standard_normal";
      button.setAttribute("aria-pressed", String(this.overlays.has(button.dataset.overlay)));
    }
  }

  viewValue() {
    return writeLink({ view: this.view, axes: this.axes, hidden: this.hidden, overlays: this.overlays });
  }

  // ---- Keyboard and words

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = KEY_STEP * this.stage.view().width * (event.shiftKey ? 10 : 1);
    const move = (dx, dy) => () => {
      const [x, y] = this.positionOf(this.selection ? this.base : this.shown);
      this.select({ code: this.codeAtPosition(x + dx * step, y + dy * step) }, event.timeStamp);
      this.commitSelection(VIEW_COMMIT_MS);
      this.announce(this.positionInWords());
    };
    const centre = [this.stage.size.width / 2, this.stage.size.height / 2];
    const action = {
      ArrowLeft: move(-1, 0),
      ArrowRight: move(1, 0),
      ArrowUp: move(0, 1),
      ArrowDown: move(0, -1),
      Enter: () => this.selectNearest(event.timeStamp),
      Escape: () => this.clearSelection(),
      "+": () => this.zoom(...centre, 1.5),
      "=": () => this.zoom(...centre, 1.5),
      "-": () => this.zoom(...centre, 1 / 1.5),
      "0": () => this.resetView(),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    // The dashboard has shortcuts of its own.
    event.stopPropagation();
    action();
  }

  selectNearest(timeStamp) {
    const accepts = (i) => !this.hidden.includes(this.labels[i]);
    const i = this.index.nearest(...this.positionOf(this.shown), Infinity, accepts);
    if (i < 0) return;
    this.select({ index: i }, timeStamp);
    this.commitSelection(0);
    this.announce(`Selected ${this.classes[this.labels[i]]}, image ${counted(i)}.`);
  }

  positionInWords() {
    const dims = this.axes.filter((dim) => dim >= 0);
    return dims.map((dim) => `${dimensionName(dim)} ${fixed(this.shown[dim], 2)}`).join(", ");
  }

  describePlane() {
    const label = `Latent plane of ${this.packed.title}, ${counted(this.labels.length)} codes. Cursor at ${this.positionInWords()}.`;
    this.part("plane").setAttribute("aria-label", label);
  }

  complain(text) {
    const problem = this.part("problem");
    problem.textContent = text;
    problem.hidden = false;
  }

  // ---- Ranges, originals, the way to Python, the end

  sliderRanges() {
    return Array.from({ length: this.latentDim }, (_, dim) => {
      const [low, high] = columnRange(this.codes, this.latentDim, dim);
      const pad = 0.1 * (high - low) || 1;
      return this.packed.prior ? [Math.min(low - pad, -3), Math.max(high + pad, 3)] : [low - pad, high + pad];
    });
  }

  async unpackOriginals() {
    if (!this.deflated) return;
    // The plane answers the pointer first; unpacking begins once it has been drawn.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const pixels = await inflate(this.deflated).catch(() => null);
    if (this.abort.signal.aborted) return;
    this.deflated = null;
    const [h, w, c] = this.shape;
    if (pixels?.length === this.labels.length * h * w * c) this.pixels = pixels;
    if (this.overlays.has("thumbnails")) this.stage.updateOverlays();
    this.showSelectedImage();
  }

  send(name, value) {
    const text = JSON.stringify(value);
    if (this.committed[name] === text) return;
    this.committed[name] = text;
    this.host.setStateValue(name, value);
  }

  dispose() {
    this.abort.abort();
    this.cancelCommit();
    for (const waiting of [this.commitView, this.announce, this.describe, this.hitTest]) waiting?.cancel();
    clearTimeout(this.dwell);
    this.client?.dispose();
    this.stage?.dispose();
    // The page may keep a reference to the root for a while; the data need not stay with it.
    this.codes = this.labels = this.pixels = this.bytes = null;
  }
}

const instances = new WeakMap();

/** Mounts the plane, or brings the one that is mounted up to date; called again on every change. */
export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".latent-plane");
  let entry = instances.get(parentElement);
  if (entry && (entry.root !== root || !isSame(entry.plane?.bytes, data))) {
    entry.plane?.dispose();
    entry = null;
  }
  if (entry) {
    // A rerun or a new theme: the way to Python may be a new one.
    if (entry.plane) {
      entry.plane.host = component;
      entry.plane.stage.readTheme();
    }
  } else {
    entry = { root, plane: null, calls: 0 };
    instances.set(parentElement, entry);
    try {
      entry.plane = new LatentPlane(root, data, component);
      entry.plane.start();
    } catch (error) {
      entry.plane.dispose();
      entry.plane = null;
      const problem = root.querySelector('[data-part="problem"]');
      problem.textContent = `The latent plane cannot be shown: ${error.message}`;
      problem.hidden = false;
      console.error(error);
    }
  }
  const call = ++entry.calls;
  return () => {
    // Streamlit may run an earlier call's cleanup after a later call has taken over.
    if (entry.calls !== call || instances.get(parentElement) !== entry) return;
    entry.plane?.dispose();
    instances.delete(parentElement);
  };
}

function isSame(a, b) {
  if (a === b) return true;
  if (!a || !b || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
