// One mounted plane: its parts, put together and told of one another.
import { Colouring } from "./colouring.js";
import { Condition } from "./condition.js";
import { Coordinates } from "./coordinates.js";
import { Hover } from "../../lib/ui/hover.js";
import { Inference } from "./inference.js";
import { Laid } from "./annotations.js";
import { Peers } from "./linked_plane.js";
import { Rows } from "./rows.js";
import { Selection } from "./selection.js";
import { Subset } from "./subset.js";
import { Stage } from "./renderer.js";
import { Viewport } from "./viewport.js";
import { Visibility } from "./visibility.js";
import { Words } from "./words.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { listenToControls } from "./controls.js";
import { readPacked, startingCode } from "./packed.js";
import { throttled } from "../../lib/ui/dom.js";
import { writeLink } from "./url_state.js";

const ANNOUNCE_MS = 700;
const DESCRIBE_MS = 200;

export class LatentPlane {
  // What Python packed; readPacked says what each is.
  about; codes; labels; errors; kl; density; conditions; priorSamples; placed; indices; weights;
  latentDim; shape; classes; colours;
  // What the layout puts around the plane.
  legend; panel; chooser; sliders; tools;

  /**
   * @param {HTMLElement} root the component's page, as in plane.html.
   * @param {Uint8Array} bytes what packing.py packed.
   * @param {{setStateValue: (name: string, value: any) => void}} host
   * @param {Object} layout FULL or COMPACT: what stands around the plane, and where its state comes from.
   * @param {Object} placed what the description says otherwise here, as packing.py's `placed`.
   */
  constructor(root, bytes, host, layout, placed = {}) {
    this.root = root;
    this.bytes = bytes;
    this.host = host;
    this.layout = layout;
    this.here = placed;
    this.abort = new AbortController();
    /** @type {(name: string) => any} */
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
    Object.assign(this, readPacked(this.bytes, this.here), { pointer: null });
    this.isProjection = Boolean(this.placed);
    this.rows = new Rows(this.indices, this.labels.length);
    this.group = groupNamed(this.about.group);
    this.laid = new Laid(this);
    this.coordinates = new Coordinates(this);
    this.viewport = new Viewport(this);
    this.visibility = new Visibility(this);
    this.subset = new Subset(this);
    this.colouring = new Colouring(this);
    this.selection = new Selection(this);
    this.words = new Words(this);
    this.inference = new Inference(this);
    this.originals = this.layout.originals(this);
    // The address, or the group, where it says something readable, else the defaults.
    this.assume(this.layout.firstState(this));
    this.inference.begin();
    this.commits = this.layout.commits(this);
    this.build();
  }

  assume(link) {
    const { coordinates, inference, selection, viewport, visibility } = this;
    coordinates.change(link.axes);
    viewport.chosen = link.view;
    visibility.assume(link);
    this.subset.assume(link.subset);
    this.colouring.assume(link.colour);
    selection.chosen = link.selection;
    this.condition = new Condition(this.conditions, link.condition, link.selection);
    coordinates.base = link.selection ? Float64Array.from(coordinates.codeOf(link.selection)) : startingCode(this);
    inference.shown = coordinates.base;
  }

  /** The address says something else. */
  follow(link) {
    const { commits, coordinates, inference, selection, stage, visibility } = this;
    const values = () => JSON.stringify([selection.valueWithClass(), this.viewValue()]);
    commits.settle();
    const before = values();
    this.hover.stop();
    this.pointer = null;
    this.assume(link);
    if (values() === before) return;
    this.legend.show(visibility.hidden);
    this.sliders.showAxes(coordinates.axes);
    visibility.showButtons();
    stage.positionsChanged();
    inference.latticeClass = undefined;
    selection.changed(performance.now());
    this.subset.shown();
    this.colouring.shown();
    stage.updateOverlays();
    commits.settle();
  }

  build() {
    const { part } = this;
    this.stage = new Stage(part, this, this.inference.client);
    Object.assign(this, this.layout.furnish(this));
    this.buildHover();
    this.announce = throttled((text) => (part("live").textContent = text), ANNOUNCE_MS);
    this.describe = throttled(() => this.words.describePlane(), DESCRIBE_MS);
    listenToControls(this);
    this.stage.positionsChanged();
    this.visibility.showButtons();
    this.selection.changed(performance.now());
    this.peers = new Peers(this, this.group, this.layout.follows);
  }

  buildHover() {
    const { coordinates, inference, viewport } = this;
    this.hover = new Hover(this.layout.card(this), this.stage, {
      pointer: () => this.pointer,
      pick: (x, y) => viewport.pick(x, y),
      placeOf: (i) => coordinates.placeOf({ index: i }),
      codeOf: (i) => coordinates.codeOf({ index: i }),
      decode: (i, onImage) => inference.decodeImage(i, onImage),
      knownOf: (i, reconstruction) => inference.knownOf(i, reconstruction),
      onNear: (i) => inference.followImage(i),
    });
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

  // ---- The pointer

  peek(x, y, timeStamp) {
    const { hover, inference, panel, peers, viewport } = this;
    this.pointer = { x, y };
    peers.entered();
    if (!this.isProjection && !(this.snaps && hover.index >= 0)) {
      inference.show(viewport.codeUnder(x, y), timeStamp);
      panel.caption(null);
    }
    this.stage.mark({ cursor: null });
    hover.test();
    if (this.group.state.link !== "image") peers.hovered(timeStamp);
  }

  leave() {
    const { peers } = this;
    this.pointer = null;
    this.hover.stop();
    if (peers.lit) peers.light(peers.lit, performance.now());
    else this.inference.rest();
    peers.left();
  }

  // ---- What follows from a change

  viewChanged() {
    this.stage.requestDraw();
    this.stage.refreshOverlays();
    this.commits.view();
  }

  changeAxes(axes) {
    this.coordinates.change(axes);
    this.viewport.chosen = null;
    this.sliders.showAxes(axes);
    this.hover.stop();
    this.stage.positionsChanged();
    this.selection.mark();
    this.commits.view();
  }

  /** Brings an overlay's button into sight, or the plane where there is none of that name. */
  pointOut(name) {
    const button = this.root.querySelector(`[data-overlay="${name}"]`);
    (button ?? this.part("plane")).scrollIntoView({ block: "nearest" });
  }

  /** Originals came, or it is known that they do not. @param {boolean} isOne whether it is one large one: overlays show thumbnails. */
  originalsChanged(isOne) {
    if (!isOne && this.visibility.overlays.has("thumbnails")) this.stage.updateOverlays();
    if (!isOne) this.tools?.refresh();
    this.hover?.refresh();
    this.selection.showImage();
  }

  viewValue() {
    const { coordinates: { axes, firstAxes }, viewport, visibility: { hidden, overlays } } = this;
    const condition = this.condition.value(this.selection.chosen);
    return writeLink({ view: viewport.chosen, axes, firstAxes, hidden, overlays, condition, subset: this.subset.text, colour: this.colouring.text });
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
    this.tools?.dispose();
    this.chooser?.dispose();
    this.panel?.dispose();
    this.originals?.dispose();
    for (const waiting of [this.announce, this.describe, this.subset?.follow]) waiting?.cancel();
    this.inference?.dispose();
    this.stage?.dispose();
    // The page may keep a reference to the root for a while; the data need not stay with it.
    this.codes = this.labels = this.bytes = this.coordinates = null;
  }
}
