// A plane among the planes of its group: tells them what the pointer does here, and follows what it does there.
import { moments, translated } from "../../lib/streamlit/bus.js";

export class Peers {
  /**
   * @param {import("./plane_controller.js").LatentPlane} plane
   * @param {import("../../lib/streamlit/bus.js").Group} group
   * @param {boolean} follows whether the group's pointer, classes and overlays hold here; marks always do.
   */
  constructor(plane, group, follows) {
    this.plane = plane;
    this.group = group;
    this.follows = follows;
    /** The place that the pointer lights up from elsewhere, or null. */
    this.lit = null;
    this.isLed = false;
    this.part = group.join(this);
    this.contributed();
    if (follows) plane.colouring.follow(group.state);
    if (follows && group.state.selection) this.hear(group.state.selection);
  }

  get isConditional() {
    return Boolean(this.plane.conditions);
  }

  get link() {
    return this.group.state.link;
  }

  /** What dots can be coloured by here; nothing of a map, which follows the planes. @returns {string[]} */
  get colours() {
    return this.follows && !this.plane.isProjection ? (this.plane.about.colours ?? []) : [];
  }

  /** A number of each image, or null. */
  valuesOf(name) {
    return this.plane.colouring.values(name);
  }

  // ---- What happens here

  /** What a plane by itself tells of its pointer: the class of the nearest dot, or undefined. */
  passed(label) {
    if (!this.follows) this.group.say({ type: "nearest", label, isLed: this.isLed }, this);
  }

  /** A plane by itself was drawn: what is to be seen on it, once for each change, for who waits for that. */
  drawn() {
    if (this.follows) return;
    const shown = this.plane.stage.seen();
    if (JSON.stringify(shown) !== JSON.stringify(this.group.state.shown)) this.group.set({ shown });
  }

  /** The pointer is moved from elsewhere, in shares of the plane; null to end it. */
  lead({ x, y, timeStamp }) {
    const { plane } = this;
    if (this.follows) return;
    this.isLed = x !== null;
    if (!this.isLed) return plane.leave();
    const { width, height } = plane.stage.size;
    plane.peek(x * width, y * height, timeStamp);
    plane.stage.mark({ cursor: plane.coordinates.placeOf({ code: plane.inference.shown }) });
  }

  /** The pointer is here. From plane to plane this may come before the other has noticed that it left. */
  entered() {
    if (!this.isLed) this.group.say({ type: "taken" }, this);
    if (this.group.pointed === this) return;
    this.group.pointed = this;
    this.lit = null;
    if (this.follows) this.group.say({ type: "leave" }, this);
  }

  /** The pointer moved, or came near another image. */
  hovered(timeStamp) {
    if (!this.follows) return;
    const { plane } = this;
    const image = plane.rows.imageOf(plane.hover.index);
    const position = this.link === "image" || plane.isProjection ? null : plane.coordinates.positionOf(plane.inference.shown);
    if (image === null && !position) this.dark();
    else this.say({ type: "hover", image, position, timeStamp });
  }

  left() {
    if (this.group.pointed !== this) return;
    this.group.pointed = null;
    this.dark();
  }

  /** Nothing here lights up anything elsewhere. */
  dark() {
    if (this.follows) this.group.say({ type: "leave" }, this);
  }

  /** What is chosen here is chosen; `near` is the row of an image in reach of a dragged position, or -1. */
  selected(timeStamp, near = -1) {
    if (!this.follows) return;
    const { plane } = this;
    const selection = plane.selection.chosen;
    this.say({
      type: "select",
      image: selection && !selection.code ? plane.rows.imageOf(selection.index) : null,
      code: selection?.code ? Array.from(selection.code) : null,
      position: selection && !plane.isProjection ? plane.coordinates.placeOf(selection) : null,
      near: plane.rows.imageOf(near),
      timeStamp,
    });
  }

  say(message) {
    const { plane } = this;
    // A map has no position that another plane could take.
    const source = message.type === "select" && plane.isProjection ? "" : plane.about.name;
    this.group.say({ ...message, source, moments: this.moments() }, this);
  }

  /** Of the positions in use: a change of axes makes new ones. */
  moments() {
    const { positions } = this.plane.coordinates;
    if (this.measured?.positions !== positions) this.measured = { positions, ...moments(positions) };
    return { mean: this.measured.mean, std: this.measured.std };
  }

  // ---- What happens elsewhere

  hear(message) {
    if (message.type === "reset") this.plane.viewport.change(null);
    if (message.type === "lead") this.lead(message);
    if (message.type === "point" && !this.follows) this.plane.pointOut(message.at);
    if (!this.follows) return;
    if (message.type === "leave") this.unlight();
    if (message.type === "hover") this.light(this.meaning(message), message.timeStamp);
    if (message.type === "select") this.take(message);
  }

  /** What a message means on this plane: {index}, {code}, or null. */
  meaning({ image, code, position, source, moments: from }) {
    const { plane, link } = this;
    const isOwn = source === plane.about.name;
    // It was mounted anew, or a link named it.
    if (isOwn && code && !plane.isProjection) return code.length === plane.latentDim ? { code } : null;
    if (position && !isOwn && link !== "image" && !plane.isProjection) {
      return { code: plane.coordinates.codeAt(...translated(position, link, from, this.moments())) };
    }
    const row = image === null ? -1 : plane.rows.rowOf(image);
    return row < 0 ? null : { index: row };
  }

  light(place, timeStamp) {
    const { plane } = this;
    if (!place) {
      this.unlight();
      return;
    }
    this.lit = place;
    plane.condition.hover(place.code ? -1 : place.index);
    const at = plane.coordinates.placeOf(place);
    plane.stage.mark(place.code ? { ring: null, cursor: at } : { ring: at, cursor: null });
    plane.inference.show(plane.coordinates.codeOf(place), timeStamp);
    plane.panel.caption(place.code ? null : plane.inference.knownOf(place.index, null));
  }

  unlight() {
    if (!this.lit) return;
    this.lit = null;
    this.plane.condition.hover(-1);
    this.plane.stage.mark({ ring: null });
    this.plane.inference.rest();
  }

  take(message) {
    const { plane } = this;
    this.lit = null;
    plane.condition.hover(-1);
    plane.stage.mark({ ring: null });
    plane.selection.take(this.meaning(message), message.timeStamp);
    const near = message.near === null || message.near === undefined ? -1 : plane.rows.rowOf(message.near);
    if (near >= 0 && !plane.selection.chosen) this.light({ index: near }, message.timeStamp);
    // A link names a plane and what is chosen there: that plane alone knows where this is.
    if (!message.moments && message.source === plane.about.name && plane.selection.chosen) this.selected(performance.now());
  }

  stateChanged(changes) {
    const { plane } = this;
    if (!this.follows) return;
    if ("hidden" in changes) plane.visibility.hideClasses(changes.hidden);
    if ("overlays" in changes) plane.visibility.showOverlays(changes.overlays);
    if ("window" in changes) plane.viewport.change(null);
    if ("condition" in changes) plane.inference.decodeAs(changes.condition);
    if ("originals" in changes) plane.originalsChanged(changes.isOneOriginal);
    if ("colour" in changes || "hiddenWords" in changes) plane.colouring.follow(this.group.state);
    if ("link" in changes && this.group.state.selection) this.relink();
  }

  /** Another way of linking gives the selection another meaning, except where it was made. */
  relink() {
    const { selection } = this.group.state;
    if (selection.source !== this.plane.about.name) this.take({ ...selection, near: null, timeStamp: performance.now() });
  }

  contributed() {
    const { plane, group } = this;
    const { name } = plane.about;
    if (!name) return;
    // On a projection a mark says where it was placed, and nothing decodes it.
    const length = plane.isProjection ? 2 : plane.latentDim;
    plane.laid.showMarks(group.marksOf(name).filter((mark) => mark.code.length === length));
    plane.laid.showHoles(group.holesOf(name));
    plane.laid.showWays(plane.isProjection ? [] : group.waysOf(name).filter((way) => way.codes[0].length === length));
    plane.colouring.contributed();
  }

  dispose() {
    this.left();
    this.part();
  }
}
