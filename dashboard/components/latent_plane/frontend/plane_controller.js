// One mounted plane: what is shown and chosen, and what every gesture, key and control changes.
import { readPacked, startingCode } from "./packed.js";
import { Condition } from "./condition.js";
import { counted, dimensionName, fixed, imageName } from "../../lib/ui/text.js";
import { DecoderClient, NO_DECODER } from "../../lib/decoder/client.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { Hover } from "../../lib/ui/hover.js";
import { meanSquaredError } from "../../lib/ui/pixels.js";
import { listenToControls } from "./controls.js";
import { planePositions, toLatent, widestAxes, zoomAt } from "../../lib/scatter/geometry.js";
import { Laid } from "./annotations.js";
import { Peers } from "./linked_plane.js";
import { PositionIndex } from "../../lib/scatter/picking.js";
import { Rows } from "./rows.js";
import { rounded, writeLink } from "./url_state.js";
import { Stage } from "./renderer.js";
import { throttled } from "../../lib/ui/dom.js";

// CSS px; FiftyOne's figure, generous to the hand.
const PICK_RADIUS = 14;
const ANNOUNCE_MS = 700;

export class LatentPlane {
  /**
   * @param {HTMLElement} root the component's page, as in plane.html.
   * @param {Uint8Array} bytes what packing.py packed.
   * @param {{setStateValue: function(string, *)}} host
   * @param {Object} layout FULL or COMPACT: what stands around the plane, and where its state comes from.
   */
  constructor(root, bytes, host, layout) {
    Object.assign(this, { root, bytes, host, layout });
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
    this.isProjection = Boolean(this.placed);
    this.rows = new Rows(this.indices, this.labels.length);
    this.laid = new Laid(this);
    this.client = this.about.layers ? this.startDecoder() : NO_DECODER;
    // The worker has its own copy.
    this.weights = null;
    this.group = groupNamed(this.about.group);
    this.originals = this.layout.originals(this);
    this.deflated = null;
    this.restore();
    this.build();
  }

  startDecoder() {
    return new DecoderClient(
      WORKER_SOURCE,
      { layers: this.about.layers, tensors: this.weights, latentDim: this.latentDim },
      (image, request) => this.panel.paint(image, request),
      (text) => this.complain(`The decoder cannot run in this browser: ${text}`),
    );
  }

  /** The first state: the address, or the group, where it says something readable, else the defaults. */
  restore() {
    this.assume(this.layout.firstState(this));
    this.commits = this.layout.commits(this);
  }

  /** The latent dimensions that the plane opens on: the most alive ones, where there are more than two. */
  get firstAxes() {
    if (this.isProjection || this.latentDim < 3) return this.isProjection || this.latentDim > 1 ? [0, 1] : [0, -1];
    return this.about.axes ?? widestAxes(this.codes, this.latentDim);
  }

  assume(link) {
    this.axes = link.axes ?? this.firstAxes;
    this.view = link.view;
    this.hidden = link.hidden;
    this.overlays = this.possible(link.overlays);
    this.selection = link.selection;
    this.condition = new Condition(this.conditions, link.condition, link.selection);
    // base holds the dimensions that the plane does not span; shown is what the panel shows now.
    this.base = this.selection ? Float64Array.from(this.codeOf(this.selection)) : startingCode(this);
    this.shown = this.base;
    this.positions = this.placed ?? planePositions(this.codes, this.latentDim, this.axes);
    this.index = new PositionIndex(this.positions);
  }

  /** The address says something else. */
  follow(link) {
    this.commits.settle();
    const before = JSON.stringify([this.choiceValue(), this.viewValue()]);
    this.hover.stop();
    this.pointer = null;
    this.assume(link);
    if (JSON.stringify([this.choiceValue(), this.viewValue()]) === before) return;
    this.legend.show(this.hidden);
    this.sliders.showAxes(this.axes);
    this.showOverlayButtons();
    this.stage.positionsChanged();
    this.latticeClass = undefined;
    this.selectionChanged(performance.now());
    this.stage.updateOverlays();
    this.commits.settle();
  }

  build() {
    const { part } = this;
    this.isHidden = (label) => this.hidden.includes(label);
    this.isPickable = (i) => !this.isHidden(this.labels[i]);
    this.gutter = this.layout.gutter(this);
    // A property, since the overlays call it without an owner.
    this.codeAt = this.codeAt.bind(this);
    this.stage = new Stage(part, this, this.client);
    Object.assign(this, this.layout.furnish(this));
    this.hover = new Hover(this);
    this.announce = throttled((text) => (part("live").textContent = text), ANNOUNCE_MS);
    this.describe = throttled(() => this.describePlane(), ANNOUNCE_MS);
    listenToControls(this);
    this.stage.positionsChanged();
    this.showOverlayButtons();
    this.selectionChanged(performance.now());
    this.peers = new Peers(this, this.group, this.layout.follows);
  }

  /** Whether the first window is the prior's rather than the codes'. */
  get opensOnPrior() {
    return this.layout.follows && !this.isProjection && this.group.state.window === "prior";
  }

  /** Whether a dot stands for its whole code: two of many dimensions do not say what its image is. */
  get snaps() {
    const isOneOfMany = this.layout.follows && this.latentDim > 2 && this.group.state.link === "image";
    return this.isProjection || isOneOfMany;
  }

  // ---- Codes and positions

  codeOf(selection) {
    if (selection.code) return selection.code;
    return this.codes.subarray(selection.index * this.latentDim, (selection.index + 1) * this.latentDim);
  }

  /** Where a chosen code or position stands on the plane; a projection places nothing but its own images. */
  placeOf({ index, code }) {
    if (code) return this.isProjection ? null : this.positionOf(code);
    return [this.positions[2 * index], this.positions[2 * index + 1]];
  }

  /** The image that row `i` stands for, or null. */
  imageOf(i) {
    return this.rows.imageOf(i);
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

  /** What a click at a point chooses: the code in reach, else the position. */
  placeUnder(px, py) {
    const i = this.pick(px, py);
    if (i >= 0) return { index: i };
    return this.isProjection ? null : { code: this.codeUnder(px, py) };
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
    this.peers.entered();
    if (!this.isProjection && !(this.snaps && this.hover.index >= 0)) {
      this.show(this.codeUnder(x, y), timeStamp);
      this.panel.caption(null);
    }
    this.stage.mark({ cursor: null });
    this.hover.test();
    if (this.group.state.link !== "image") this.peers.hovered(timeStamp);
  }

  leave() {
    this.pointer = null;
    this.hover.stop();
    if (this.peers.lit) this.peers.light(this.peers.lit, performance.now());
    else this.rest();
    this.peers.left();
  }

  /** Nothing is pointed at: back to what is chosen. */
  rest() {
    this.panel.caption(null);
    if (this.selection) this.show(this.codeOf(this.selection), performance.now());
    this.stage.mark({ cursor: this.selection ? null : this.placeOf({ code: this.shown }) });
  }

  /** Code `i` decoded as what its image is, when there is room; `onImage` is called with the image. */
  decodeImage(i, onImage) {
    const condition = this.condition.of(i);
    const conditions = condition === null ? null : [condition];
    this.client.decodeLater(Float32Array.from(this.codeOf({ index: i })), conditions, (_, image) => onImage(image), true);
  }

  /** What is known of code `i`, for the card and the panel; its reconstruction is handed in. */
  knownOf(i, reconstruction) {
    const original = this.originals.image(this.imageOf(i));
    const condition = this.condition.of(i);
    const isAsLabelled = condition === null || condition === this.labels[i];
    const computed = original && reconstruction ? meanSquaredError(original, reconstruction) : null;
    return {
      index: this.imageOf(i),
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

  select(selection, timeStamp, near = -1) {
    this.take(selection, timeStamp);
    this.peers.selected(timeStamp, near);
  }

  /** What is chosen elsewhere is shown here. */
  take(selection, timeStamp) {
    this.selection = selection;
    this.condition.select(selection);
    this.selectionChanged(timeStamp);
  }

  /** The pointer drags: a position follows it, or on a projection the images on its way. */
  dragTo(x, y, timeStamp) {
    const near = this.layout.follows ? this.pick(x, y) : -1;
    if (!this.isProjection) this.select({ code: this.codeUnder(x, y) }, timeStamp, near);
    else if (near >= 0) this.select({ index: near }, timeStamp);
  }

  /** One step of a key, in shares of the window's width, from what is chosen or shown. */
  moveBy(dx, dy, timeStamp) {
    const { width } = this.stage.view();
    const step = (place) => [place[0] + dx * width, place[1] + dy * width];
    if (!this.isProjection) {
      const place = this.positionOf(this.selection ? this.base : this.shown);
      this.select({ code: this.codeAt(...step(place)) }, timeStamp);
      return;
    }
    const { cx, cy } = this.stage.view();
    const at = this.selection?.index ?? -1;
    const place = at < 0 ? [cx, cy] : this.placeOf({ index: at });
    const isAhead = (i) => (this.positions[2 * i] - place[0]) * dx + (this.positions[2 * i + 1] - place[1]) * dy > 0;
    const next = this.index.nearest(...step(place), Infinity, (i) => this.isPickable(i) && (at < 0 || isAhead(i)));
    if (next >= 0) this.select({ index: next }, timeStamp);
  }

  /** What is chosen, to come back to with `restoreChoice`. */
  choice() {
    return { selection: this.selection, condition: this.condition.snapshot() };
  }

  restoreChoice({ selection, condition }) {
    this.selection = selection;
    this.condition.restore(condition);
    this.selectionChanged(performance.now());
    this.peers.selected(performance.now());
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
      pin: this.selection && this.placeOf(this.selection),
      cursor: this.selection || this.pointer ? null : this.placeOf({ code: this.shown }),
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
    if (!this.selection.code) return { index: this.imageOf(this.selection.index) };
    return { code: Array.from(this.selection.code, rounded) };
  }

  /** The selection for Python, with the class that it is drawn as where that is not its own. */
  choiceValue() {
    const condition = this.condition.value(this.selection);
    return condition === null ? this.selectionValue() : { ...this.selectionValue(), condition: String(condition) };
  }

  // ---- The class to decode as

  /** The pointer is near image `i`, or, at -1, near none: what is shown follows. */
  followImage(i) {
    const before = this.condition.current;
    this.condition.hover(i);
    if (this.snaps && i >= 0) {
      this.show(this.codeOf({ index: i }), performance.now());
      this.panel.caption(this.knownOf(i, null));
    } else if (this.condition.current !== before) this.show(this.shown, performance.now());
    // A pointer that has left says so itself.
    if (this.pointer) this.peers.hovered(performance.now());
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

  /** Every place as class `k`, or with null each image as its own. */
  decodeAs(k) {
    if (!this.conditions) return;
    if (k === null) this.condition.release(this.selection);
    else this.condition.choose(k);
    this.show(this.shown, performance.now());
    this.classChanged();
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

  /** Of the overlays asked for, those that there are here. */
  possible(names) {
    const { about, isProjection } = this;
    const lacking = { prior: isProjection || !about.prior, lattice: isProjection, holes: false, thumbnails: false };
    return new Set(names.filter((name) => !lacking[name]));
  }

  showOverlays(names) {
    this.overlays = this.possible(names);
    this.stage.updateOverlays();
  }

  /** The originals came, or it is known that they do not. */
  originalsChanged() {
    if (this.overlays.has("thumbnails")) this.stage.updateOverlays();
    this.showSelectedImage();
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
    return writeLink({ view: this.view, axes: this.axes, firstAxes: this.firstAxes, hidden: this.hidden, overlays: this.overlays, condition });
  }

  // ---- Words

  selectNearest(timeStamp) {
    const { cx, cy } = this.stage.view();
    const from = this.placeOf(this.selection ?? { code: this.shown }) ?? [cx, cy];
    const i = this.index.nearest(...from, Infinity, this.isPickable);
    if (i < 0) return;
    this.select({ index: i }, timeStamp);
    this.commits.selection(0);
    this.announce(`Selected ${imageName(this.classes[this.labels[i]], `image ${counted(this.imageOf(i))}`)}.`);
  }

  positionInWords() {
    if (this.isProjection) return this.selection ? `image ${counted(this.imageOf(this.selection.index))}` : "no image";
    const dims = this.axes.filter((dim) => dim >= 0);
    return dims.map((dim) => `${dimensionName(dim)} ${fixed(this.shown[dim], 2)}`).join(", ");
  }

  describePlane() {
    const { current } = this.condition;
    const as = current === null ? "" : `, decoded as ${this.classes[current]}`;
    const kind = this.isProjection ? "Projection" : "Latent plane";
    const label = `${kind} of ${this.about.title}, ${counted(this.labels.length)} codes. Cursor at ${this.positionInWords()}${as}.`;
    this.part("plane").setAttribute("aria-label", label);
  }

  complain(text) {
    const problem = this.part("problem");
    problem.textContent = text;
    problem.hidden = false;
  }

  dispose() {
    this.abort.abort();
    this.peers?.dispose();
    this.commits?.dispose();
    this.hover?.dispose();
    this.chooser?.dispose();
    this.originals?.dispose();
    for (const waiting of [this.announce, this.describe]) waiting?.cancel();
    this.client?.dispose();
    this.stage?.dispose();
    // The page may keep a reference to the root for a while; the data need not stay with it.
    this.codes = this.labels = this.bytes = null;
  }
}
