// The window in use, and what lies under a point of it.
import { asTold, panBy, toLatent, zoomAt } from "../../lib/scatter/geometry.js";

// CSS px; FiftyOne's figure, generous to the hand.
const PICK_RADIUS = 14;

export class Viewport {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for its stage and coordinates; told of what follows from another window. */
  constructor(plane) {
    this.plane = plane;
    /** The window that the person chose, as told in `geometry.js`; null for the one to open with. */
    this.chosen = null;
  }

  view() {
    return this.plane.stage.view();
  }

  // ---- Under a point, in CSS px

  latentAt(px, py) {
    return toLatent(this.view(), this.plane.stage.size, px, py);
  }

  codeUnder(px, py) {
    return this.plane.coordinates.codeAt(...this.latentAt(px, py));
  }

  /** The code within reach, or -1; hidden classes are out of reach. */
  pick(px, py) {
    const { coordinates, stage, visibility } = this.plane;
    const scale = stage.size.width / this.view().width;
    return coordinates.index.nearest(...this.latentAt(px, py), PICK_RADIUS / scale, visibility.isPickable);
  }

  /** What a click chooses: the code in reach, else the position. */
  placeUnder(px, py) {
    const i = this.pick(px, py);
    if (i >= 0) return { index: i };
    return this.plane.isProjection ? null : { code: this.codeUnder(px, py) };
  }

  // ---- Another window

  zoom(x, y, factor) {
    const { stage } = this.plane;
    const whole = stage.wholeView().width;
    // Beyond these the dots are one dot, or single-precision positions begin to jump.
    const limits = { min: whole / 2000, max: whole * 8 };
    this.change(asTold(zoomAt(this.view(), stage.size, x, y, factor, limits), stage.size));
  }

  zoomCentre(factor) {
    const { width, height } = this.plane.stage.size;
    this.zoom(width / 2, height / 2, factor);
  }

  pan(dx, dy) {
    const { size } = this.plane.stage;
    this.change(asTold(panBy(this.view(), size, dx, dy), size));
  }

  change(view) {
    const { hover, pointer } = this.plane;
    this.chosen = view;
    hover.stop();
    this.plane.viewChanged();
    if (pointer) hover.test();
  }

  /** Back to the first window; from there, to the one that shows every code. */
  reset() {
    const { stage } = this.plane;
    if (!this.chosen && stage.firstView() !== stage.wholeView()) this.showAll();
    else this.change(null);
  }

  /** The window that shows every code. */
  showAll() {
    const { stage } = this.plane;
    this.change(asTold(stage.wholeView(), stage.size));
  }
}
