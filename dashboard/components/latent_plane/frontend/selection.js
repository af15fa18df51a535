// The selection: a code, a pinned position, or nothing.
import { counted, imageName } from "../../lib/ui/text.js";
import { rounded } from "./url_state.js";

export class Selection {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for where things are; shows and reports what is chosen. */
  constructor(plane) {
    /** {index}, {code}, or null where nothing is chosen. */
    this.plane = plane;
    this.chosen = null;
  }

  /** @param {number} near the row of an image in reach of a dragged position, or -1. */
  set(chosen, timeStamp, near = -1) {
    this.take(chosen, timeStamp);
    this.plane.peers.selected(timeStamp, near);
  }

  /** What is chosen elsewhere is shown here. */
  take(chosen, timeStamp) {
    this.chosen = chosen;
    this.plane.condition.select(chosen);
    this.changed(timeStamp);
  }

  /** The pointer drags: a position follows it, or on a projection the images on its way. */
  dragTo(x, y, timeStamp) {
    const { isProjection, layout, viewport } = this.plane;
    const near = layout.follows ? viewport.pick(x, y) : -1;
    if (!isProjection) this.set({ code: viewport.codeUnder(x, y) }, timeStamp, near);
    else if (near >= 0) this.set({ index: near }, timeStamp);
  }

  /** One step of a key, in shares of the window's width, from what is chosen or shown. */
  moveBy(dx, dy, timeStamp) {
    const { coordinates, inference, isProjection, viewport, visibility } = this.plane;
    const { cx, cy, width } = viewport.view();
    /** @returns {[number, number]} */
    const step = (place) => [place[0] + dx * width, place[1] + dy * width];
    if (!isProjection) {
      const place = coordinates.positionOf(this.chosen ? coordinates.base : inference.shown);
      this.set({ code: coordinates.codeAt(...step(place)) }, timeStamp);
      return;
    }
    const { index, positions } = coordinates;
    const at = this.chosen?.index ?? -1;
    const place = at < 0 ? [cx, cy] : coordinates.placeOf({ index: at });
    const isAhead = (i) => (positions[2 * i] - place[0]) * dx + (positions[2 * i + 1] - place[1]) * dy > 0;
    const accepts = (i) => visibility.isPickable(i) && (at < 0 || isAhead(i));
    const next = index.nearest(...step(place), Infinity, accepts);
    if (next >= 0) this.set({ index: next }, timeStamp);
  }

  moveSlider(dim, value, timeStamp) {
    const { coordinates, inference } = this.plane;
    const code = Array.from(this.chosen ? coordinates.base : inference.shown);
    code[dim] = value;
    this.set({ code }, timeStamp);
  }

  setNearest(timeStamp) {
    const { announce, classes, commits, coordinates, inference, labels, rows, viewport, visibility } = this.plane;
    const { cx, cy } = viewport.view();
    const from = coordinates.placeOf(this.chosen ?? { code: inference.shown }) ?? [cx, cy];
    const i = coordinates.index.nearest(...from, Infinity, visibility.isPickable);
    if (i < 0) return;
    this.set({ index: i }, timeStamp);
    commits.selection(0);
    announce(`Selected ${imageName(classes[labels[i]], `image ${counted(rows.imageOf(i))}`)}.`);
  }

  clear() {
    if (!this.chosen) return;
    const before = this.snapshot();
    this.set(null, performance.now());
    this.plane.commits.selection(0);
    this.plane.announce("Nothing is selected.");
    this.plane.tools?.undo.note(before.chosen.code ? "Position unpinned." : "Image let go.", () => {
      this.restore(before);
      this.plane.commits.selection(0);
    });
  }

  /** What is chosen, to come back to with `restore`. */
  snapshot() {
    return { chosen: this.chosen, condition: this.plane.condition.snapshot() };
  }

  restore({ chosen, condition }) {
    this.chosen = chosen;
    this.plane.condition.restore(condition);
    this.changed(performance.now());
    this.plane.peers.selected(performance.now());
  }

  // ---- What shows it

  changed(timeStamp) {
    const { coordinates, inference, stage } = this.plane;
    if (this.chosen) {
      const isRestMoved = coordinates.hold(Float64Array.from(coordinates.codeOf(this.chosen)));
      if (isRestMoved) stage.refreshOverlays();
    }
    inference.classChanged();
    inference.show(this.chosen ? coordinates.base : inference.shown, timeStamp);
    this.mark();
    this.showImage();
    this.plane.tools?.drawer.mark();
    this.plane.subset.selectionChanged();
  }

  mark() {
    const { coordinates, inference, part, pointer, stage } = this.plane;
    part("pin").classList.toggle("is-position", Boolean(this.chosen?.code));
    stage.mark({
      pin: this.chosen && coordinates.placeOf(this.chosen),
      cursor: this.chosen || pointer ? null : coordinates.placeOf({ code: inference.shown }),
    });
  }

  /** The chosen image in the panel. */
  showImage() {
    const { inference, panel } = this.plane;
    const i = this.chosen?.index ?? -1;
    if (i < 0) {
      // A drag comes here at every move: the page is touched only when it says something else.
      const next = this.chosen ? "pinned" : "none";
      if (this.panelShows !== next) panel.showNothing(Boolean(this.chosen));
      this.panelShows = next;
      return;
    }
    this.panelShows = i;
    inference.decodeImage(i, (image) => this.panelShows === i && panel.showSelected(inference.knownOf(i, image)));
  }

  // ---- What is reported of it

  value() {
    if (!this.chosen) return null;
    if (!this.chosen.code) return { index: this.plane.rows.imageOf(this.chosen.index) };
    return { code: Array.from(this.chosen.code, rounded) };
  }

  /** For Python, with the class that it is drawn as where that is not its own. */
  valueWithClass() {
    const condition = this.plane.condition.value(this.chosen);
    return condition === null ? this.value() : { ...this.value(), condition: String(condition) };
  }
}
