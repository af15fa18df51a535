// One mounted plane: what is shown and chosen, and what every gesture, key and control changes.
import { classCounts, readPacked, sliderRanges, startingCode } from "./packed.js";
import { ClassChooser } from "./chooser.js";
import { Commits } from "./commits.js";
import { Condition } from "./condition.js";
import { counted, dimensionName, fixed } from "./text.js";
import { DecoderClient } from "./decoding.js";
import { Hover } from "./hover.js";
import { meanSquaredError } from "./pixels.js";
import { Originals } from "./originals.js";
import { Legend } from "./legend.js";
import { listenToControls } from "./controls.js";
import { planePositions, toLatent, zoomAt } from "./geometry.js";
import { Panel } from "./panel.js";
import { PositionIndex } from "./picking.js";
import { readLink, writeLink } from "./link.js";
import { Sliders } from "./sliders.js";
import { Stage } from "./stage.js";
import { throttled } from "./dom.js";

// CSS px; FiftyOne's figure, generous to the hand.
const PICK_RADIUS = 14;
const ANNOUNCE_MS = 700;

export class LatentPlane {
  /**
   * @param {HTMLElement} root the component's page, as in plane.html.
   * @param {Uint8Array} bytes what packing.py packed.
   * @param {{setStateValue: function(string, *)}} host
   */
  constructor(root, bytes, host) {
    Object.assign(this, { root, bytes, host });
    this.abort = new AbortController();
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.part("problem").hidden = true;
  }

  /** A rerun or a new theme: the way to Python may be a new one, the colours too. */
  renew(host) {
    this.commits.host = host;
    this.stage.readTheme();
  }

  /** Everything that can fail or must be released; `dispose` releases as much as was reached. */
  start() {
    Object.assign(this, readPacked(this.bytes), { pointer: null });
    this.client = new DecoderClient(
      WORKER_SOURCE,
      { layers: this.about.layers, tensors: this.weights, latentDim: this.latentDim },
      (image, request) => this.panel.paint(image, request),
      (text) => this.complain(`The decoder cannot run in this browser: ${text}`),
    );
    // The worker has its own copy.
    this.weights = null;
    this.originals = new Originals(this.deflated, this.labels.length, this.shape, () => {
      if (this.overlays.has("thumbnails")) this.stage.updateOverlays();
      this.showSelectedImage();
    });
    this.deflated = null;
    this.restore();
    this.build();
  }

  /** The first state: the address where it says something readable, else the defaults. */
  restore() {
    const { labels, latentDim, classes } = this;
    const link = readLink(window.location.search, this.about.url, { count: labels.length, latentDim, classes });
    this.axes = link.axes ?? (this.latentDim > 1 ? [0, 1] : [0, -1]);
    this.view = link.view;
    this.hidden = link.hidden;
    this.overlays = new Set(link.overlays);
    if (!this.about.prior) this.overlays.delete("prior");
    this.selection = link.selection;
    this.condition = new Condition(this.conditions, link.condition, link.selection);
    // base holds the dimensions that the plane does not span; shown is what the panel shows now.
    this.base = this.selection ? Float64Array.from(this.codeOf(this.selection)) : startingCode(this);
    this.shown = this.base;
    this.commits = new Commits(this.host, { selection: () => this.selectionValue(), view: () => this.viewValue() });
    this.positions = planePositions(this.codes, this.latentDim, this.axes);
    this.index = new PositionIndex(this.positions);
  }

  build() {
    const { part } = this;
    this.isHidden = (label) => this.hidden.includes(label);
    this.isPickable = (i) => !this.isHidden(this.labels[i]);
    // A property, since the overlays call it without an owner.
    this.codeAt = this.codeAt.bind(this);
    this.stage = new Stage(part, this, this.client);
    this.panel = new Panel(part, this.about, {
      onUnpin: () => this.clearSelection(),
      selection: () => this.selectionValue(),
    });
    const calls = { onChoose: (k, timeStamp) => this.chooseClass(k, timeStamp), onKeep: (isKept) => this.keepClass(isKept) };
    this.chooser = this.conditions && new ClassChooser(part, this, this.client, calls);
    this.hover = new Hover(this);
    const legend = { classes: this.classes, counts: classCounts(this), colours: this.colours };
    this.legend = new Legend(part("legend"), legend, this.hidden, (hidden) => this.hideClasses(hidden));
    this.sliders = new Sliders({ list: part("sliders"), axes: part("axes") }, sliderRanges(this), this.axes, {
      onMove: (dim, value, timeStamp) => this.moveSlider(dim, value, timeStamp),
      onRelease: () => this.commits.selection(0),
      onAxes: (axes) => this.changeAxes(axes),
    });
    this.announce = throttled((text) => (part("live").textContent = text), ANNOUNCE_MS);
    this.describe = throttled(() => this.describePlane(), ANNOUNCE_MS);
    listenToControls(this);
    this.stage.positionsChanged();
    this.showOverlayButtons();
    this.selectionChanged(performance.now());
  }

  // ---- Codes and positions

  codeOf(selection) {
    if (selection.code) return selection.code;
    return this.codes.subarray(selection.index * this.latentDim, (selection.index + 1) * this.latentDim);
  }

  /** The full code at a plane position: the other dimensions as the sliders hold them. */
  codeAt(x, y) {
    const code = Float64Array.from(this.base);
    code[this.axes[0]] = x;
    if (this.axes[1] >= 0) code[this.axes[1]] = y;
    return code;
  }

  codeUnder(px, py) {
    return this.codeAt(...toLatent(this.stage.view(), this.stage.size, px, py));
  }

  positionOf(code) {
    return [code[this.axes[0]], this.axes[1] < 0 ? 0 : code[this.axes[1]]];
  }

  /** The code within reach of a point in CSS px, or -1; hidden classes are out of reach. */
  pick(px, py) {
    const { size } = this.stage;
    const view = this.stage.view();
    const scale = size.width / view.width;
    return this.index.nearest(...toLatent(view, size, px, py), PICK_RADIUS / scale, this.isPickable);
  }

  // ---- Decoding under the pointer

  show(code, timeStamp) {
    this.shown = code;
    this.client.decodeNow(code, this.condition.current, timeStamp);
    this.chooser?.show(code, this.condition);
    this.sliders.show(code);
    this.describe();
  }

  peek(x, y, timeStamp) {
    this.pointer = { x, y };
    this.show(this.codeUnder(x, y), timeStamp);
    this.stage.mark({ cursor: null });
    this.hover.test();
  }

  leave() {
    this.pointer = null;
    this.hover.stop();
    if (this.selection) this.show(this.codeOf(this.selection), performance.now());
    else this.stage.mark({ cursor: this.positionOf(this.shown) });
  }

  /** Code `i` decoded as what its image is, when there is room; `onImage` is called with the image. */
  decodeImage(i, onImage) {
    const condition = this.condition.of(i);
    const conditions = condition === null ? null : [condition];
    this.client.decodeLater(Float32Array.from(this.codeOf({ index: i })), conditions, (_, image) => onImage(image), true);
  }

  /** What is known of code `i`, for the card and the panel; its reconstruction is handed in. */
  knownOf(i, reconstruction) {
    const original = this.originals.image(i);
    const condition = this.condition.of(i);
    const isAsLabelled = condition === null || condition === this.labels[i];
    const computed = original && reconstruction ? meanSquaredError(original, reconstruction) : null;
    return {
      index: i,
      label: this.classes[this.labels[i]],
      error: this.errors ? this.errors[i] : computed,
      original,
      reconstruction,
      // A model that guesses the class itself may guess another.
      reconstructionName: isAsLabelled ? "reconstruction" : `reconstruction as ${this.classes[condition]}`,
      originals: this.originals.state,
    };
  }

  // ---- The selection: a code, a pinned position, or nothing

  select(selection, timeStamp) {
    this.selection = selection;
    this.condition.select(selection);
    this.selectionChanged(timeStamp);
  }

  /** What is chosen, to come back to with `restoreChoice`. */
  choice() {
    return { selection: this.selection, condition: this.condition.snapshot() };
  }

  restoreChoice({ selection, condition }) {
    this.selection = selection;
    this.condition.restore(condition);
    this.selectionChanged(performance.now());
  }

  selectionChanged(timeStamp) {
    if (this.selection) {
      const code = Float64Array.from(this.codeOf(this.selection));
      const isRestMoved = code.some((value, dim) => !this.axes.includes(dim) && value !== this.base[dim]);
      this.base = code;
      if (isRestMoved) this.stage.refreshOverlays();
    }
    this.classChanged();
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
    this.decodeImage(i, (image) => this.panelShows === i && this.panel.showSelected(this.knownOf(i, image)));
  }

  clearSelection() {
    if (!this.selection) return;
    this.select(null, performance.now());
    this.commits.selection(0);
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

  // ---- The class to decode as

  /** The pointer is near image `i`, or, at -1, near none: what is shown follows. */
  followImage(i) {
    const before = this.condition.current;
    this.condition.hover(i);
    if (this.condition.current !== before) this.show(this.shown, performance.now());
  }

  chooseClass(k, timeStamp) {
    this.condition.choose(k);
    this.show(this.shown, timeStamp);
    this.classChanged();
    this.commits.view();
  }

  keepClass(isKept) {
    this.condition.isKept = isKept;
    this.show(this.shown, performance.now());
  }

  /** The lattice is decoded as the chosen class. */
  classChanged() {
    if (this.latticeClass === this.condition.chosen) return;
    this.latticeClass = this.condition.chosen;
    this.stage.refreshOverlays();
  }

  // ---- View, axes, classes, overlays

  zoom(x, y, factor) {
    const whole = this.stage.wholeView().width;
    // Beyond these the dots are one dot, or single-precision positions begin to jump.
    const limits = { min: whole / 2000, max: whole * 8 };
    this.changeView(zoomAt(this.stage.view(), this.stage.size, x, y, factor, limits));
  }

  zoomCentre(factor) {
    this.zoom(this.stage.size.width / 2, this.stage.size.height / 2, factor);
  }

  changeView(view) {
    this.view = view;
    this.hover.stop();
    this.viewChanged();
    if (this.pointer) this.hover.test();
  }

  /** Back to the first window; from there, to the one that shows every code. */
  resetView() {
    const { stage } = this;
    const isAtFirst = !this.view && stage.firstView() !== stage.wholeView();
    this.changeView(isAtFirst ? { ...stage.wholeView() } : null);
  }

  viewChanged() {
    this.stage.requestDraw();
    this.stage.refreshOverlays();
    this.commits.view();
  }

  hideClasses(hidden) {
    this.hidden = hidden;
    this.hover.stop();
    this.viewChanged();
  }

  changeAxes(axes) {
    this.axes = axes;
    this.view = null;
    this.positions = planePositions(this.codes, this.latentDim, axes);
    this.index = new PositionIndex(this.positions);
    this.sliders.showAxes(axes);
    this.hover.stop();
    this.stage.positionsChanged();
    this.markSelection();
    this.commits.view();
  }

  toggleOverlay(name) {
    if (!this.overlays.delete(name)) this.overlays.add(name);
    this.showOverlayButtons();
    this.stage.updateOverlays();
    this.commits.view();
  }

  overlayButtons() {
    return this.root.querySelectorAll("[data-overlay]");
  }

  showOverlayButtons() {
    for (const button of this.overlayButtons()) {
      if (button.dataset.overlay === "prior") {
        button.hidden = !this.about.prior;
        button.title = this.priorSamples ? "Samples of the prior" : "Circles at 1, 2 and 3 standard deviations of the prior";
      }
      button.setAttribute("aria-pressed", String(this.overlays.has(button.dataset.overlay)));
    }
  }

  viewValue() {
    const condition = this.condition.value(this.selection);
    return writeLink({ view: this.view, axes: this.axes, hidden: this.hidden, overlays: this.overlays, condition });
  }

  // ---- Words

  selectNearest(timeStamp) {
    const i = this.index.nearest(...this.positionOf(this.shown), Infinity, this.isPickable);
    if (i < 0) return;
    this.select({ index: i }, timeStamp);
    this.commits.selection(0);
    this.announce(`Selected ${this.classes[this.labels[i]]}, image ${counted(i)}.`);
  }

  positionInWords() {
    const dims = this.axes.filter((dim) => dim >= 0);
    return dims.map((dim) => `${dimensionName(dim)} ${fixed(this.shown[dim], 2)}`).join(", ");
  }

  describePlane() {
    const { current } = this.condition;
    const as = current === null ? "" : `, decoded as ${this.classes[current]}`;
    const label = `Latent plane of ${this.about.title}, ${counted(this.labels.length)} codes. Cursor at ${this.positionInWords()}${as}.`;
    this.part("plane").setAttribute("aria-label", label);
  }

  complain(text) {
    const problem = this.part("problem");
    problem.textContent = text;
    problem.hidden = false;
  }

  dispose() {
    this.abort.abort();
    this.commits?.dispose();
    this.hover?.dispose();
    this.originals?.dispose();
    for (const waiting of [this.announce, this.describe]) waiting?.cancel();
    this.client?.dispose();
    this.stage?.dispose();
    // The page may keep a reference to the root for a while; the data need not stay with it.
    this.codes = this.labels = this.bytes = null;
  }
}
