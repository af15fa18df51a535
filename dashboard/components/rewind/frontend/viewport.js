// The window in use: the one that goes with the epoch, or one that the person chose by zooming and panning.
import { asShown, asTold, panBy, zoomAt } from "../../lib/scatter/geometry.js";
import { viewBetween } from "./windows.js";

export class Viewing {
  /** @param {import("./controller.js").Rewind} rewind asked for its windows, coordinates, size and player; told by `viewChanged()`. */
  constructor(rewind) {
    this.rewind = rewind;
    /** As told in `geometry.js`. */
    this.chosen = null;
    this.isFollowing = true;
    this.isWhole = false;
  }

  view() {
    return this.chosen ? asShown(this.chosen, this.rewind.scene.size) : this.automatic();
  }

  /** The window of where the player stands. */
  automatic() {
    const { coordinates: { axes, drift }, head, epochs, scene, windows } = this.rewind;
    const around = (f) => windows.around(f, axes, scene.size, this.isWhole);
    if (drift) return viewBetween(drift.fromView, around(0), drift.gone / drift.length);
    const given = this.rewind.inPlace?.firstView() ?? null;
    if (!this.isFollowing && !epochs.isLive) return windows.fixed(axes, scene.size, this.isWhole, given);
    const before = Math.floor(head.place);
    const share = head.place - before;
    return share === 0 ? around(before) : viewBetween(around(before), around(before + 1), share);
  }

  zoom(x, y, factor) {
    const { coordinates: { axes }, f, scene, windows } = this.rewind;
    const whole = windows.around(f, axes, scene.size, true).width;
    // Closer, the dots are one dot or single precision begins to jump; further, other epochs may be that wide.
    const limits = { min: whole / 2000, max: whole * 400 };
    this.choose(asTold(zoomAt(this.view(), scene.size, x, y, factor, limits), scene.size));
  }

  zoomCentre(factor) {
    const { width, height } = this.rewind.scene.size;
    this.zoom(width / 2, height / 2, factor);
  }

  /** What was under the pointer stays under it: it moves along. */
  pan(dx, dy) {
    const { rewind } = this;
    if (rewind.pointer) rewind.pointer = { x: rewind.pointer.x + dx, y: rewind.pointer.y + dy };
    const { size } = rewind.scene;
    this.choose(asTold(panBy(this.view(), size, dx, dy), size));
  }

  choose(view) {
    this.chosen = view;
    this.rewind.viewChanged();
  }

  /** Back to the window of the epoch. */
  reset() {
    this.isWhole = false;
    this.choose(null);
  }

  /** The same; from there, to the one that shows every code, and back. */
  resetOrWiden() {
    this.isWhole = this.chosen ? false : !this.isWhole;
    this.choose(null);
  }

  follow(isOn) {
    this.isFollowing = isOn;
    this.reset();
  }
}
