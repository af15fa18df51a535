// Where the codes lie on the plane: at an epoch, or on the way from one to the next; and which code lies where.
import { between } from "./windows.js";
import { nearestDot } from "./nearest.js";
import { toLatent } from "../../lib/scatter/geometry.js";

// As generous to the hand as the latent plane.
const PICK_RADIUS = 14;

export class Coordinates {
  /** @param {import("./controller.js").Rewind} rewind asked for its epochs, player and window, and for which classes are hidden. */
  constructor(rewind) {
    const { epochs } = rewind;
    const axes = epochs.firstAxes();
    this.rewind = rewind;
    this.axes = axes;
    this.positions = epochs.positions(epochs.last, axes);
    this.drift = null;
    this.span = [];
    this.between = new Float32Array(this.positions.length);
    this.isPickable = (i) => !rewind.hidden.includes(rewind.epochs.labels[i]);
  }

  change(axes) {
    this.axes = axes;
    this.span = [];
    this.drift = null;
  }

  // ---- On the way

  /** Newer codes of the same images: the dots glide to them from where they are, and the window with them. */
  startDrift(fromView, length) {
    this.drift = { from: Float32Array.from(this.positions), fromView, gone: 0, length };
  }

  advance(ms) {
    if (!this.drift) return;
    this.drift.gone += ms;
    if (this.drift.gone >= this.drift.length) this.drift = null;
  }

  /** From which positions to which the codes are under way, and how far, 0 to 1. */
  journey() {
    const { axes, drift } = this;
    const { epochs, head } = this.rewind;
    if (drift) return [drift.from, epochs.positions(0, axes), drift.gone / drift.length];
    const before = Math.floor(head.place);
    const share = head.place - before;
    const from = epochs.positions(before, axes);
    return share === 0 ? [from, from, 0] : [from, epochs.positions(before + 1, axes), share];
  }

  /** Puts every code where it is now; returns whether any has moved. */
  move() {
    const span = this.journey();
    if (span.every((value, k) => value === this.span[k])) return false;
    this.span = span;
    const [from, to, share] = span;
    this.positions = share === 0 ? from : between(from, to, share, this.between);
    return true;
  }

  // ---- Codes and places

  /**
   * A full code at a plane position: the other dimensions at the mean of the epoch's codes.
   *
   * @param {number[]} position
   */
  codeAt([x, y]) {
    const { epochs, f } = this.rewind;
    const code = Float64Array.from(epochs.means(f));
    code[this.axes[0]] = x;
    if (this.axes[1] >= 0) code[this.axes[1]] = y;
    return code;
  }

  latentAt(px, py) {
    return toLatent(this.rewind.viewing.view(), this.rewind.scene.size, px, py);
  }

  /**
   * Where a place or a code stands on the plane now.
   *
   * @param {{index?: number, place?: number[]}} chosen
   */
  placeOf({ index, place }) {
    return place ?? [this.positions[2 * index], this.positions[2 * index + 1]];
  }

  /** The mean of the epoch's codes. */
  middle() {
    const { epochs, f } = this.rewind;
    const means = epochs.means(f);
    return [means[this.axes[0]], this.axes[1] < 0 ? 0 : means[this.axes[1]]];
  }

  /** The code within reach of a point in CSS px, or -1; hidden classes are out of reach. */
  pick(px, py) {
    const { scene, viewing } = this.rewind;
    return this.nearest(this.latentAt(px, py), (PICK_RADIUS * viewing.view().width) / scene.size.width);
  }

  /** @param {number[]} position [x, y] */
  nearest([x, y], radius = Infinity) {
    return nearestDot(this.positions, x, y, radius, this.isPickable);
  }
}
