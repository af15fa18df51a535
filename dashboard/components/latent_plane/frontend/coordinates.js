// Codes on the plane: which latent dimensions it spans, where each code lies, and which code lies where.
import { PositionIndex } from "../../lib/scatter/picking.js";
import { planePositions, widestAxes } from "../../lib/scatter/geometry.js";

export class Coordinates {
  /** @param {Object} packed what readPacked gives: about, codes, latentDim, placed. */
  constructor({ about, codes, latentDim, placed }) {
    this.about = about;
    this.codes = codes;
    this.latentDim = latentDim;
    this.placed = placed;
    this.isProjection = Boolean(placed);
    /** Holds the dimensions that the plane does not span. */
    this.base = null;
  }

  /** The latent dimensions that the plane opens on: the most alive ones, where there are more than two. */
  get firstAxes() {
    if (this.isProjection || this.latentDim < 3) return this.isProjection || this.latentDim > 1 ? [0, 1] : [0, -1];
    return this.about.axes ?? widestAxes(this.codes, this.latentDim);
  }

  /** @param {?number[]} axes the two dimensions to span, the second -1 where there is one; null for the first. */
  change(axes) {
    this.axes = axes ?? this.firstAxes;
    this.positions = this.placed ?? planePositions(this.codes, this.latentDim, this.axes);
    this.index = new PositionIndex(this.positions);
  }

  /**
   * The code of what is chosen.
   *
   * @param {{index?: number, code?: ArrayLike<number>}} chosen
   */
  codeOf({ index, code }) {
    return code ?? this.codes.subarray(index * this.latentDim, (index + 1) * this.latentDim);
  }

  /**
   * Where a chosen code or position stands on the plane; a projection places nothing but its own images.
   *
   * @param {{index?: number, code?: ArrayLike<number>}} chosen
   * @returns {[number, number]}
   */
  placeOf({ index, code }) {
    if (code) return this.isProjection ? null : this.positionOf(code);
    return [this.positions[2 * index], this.positions[2 * index + 1]];
  }

  /** The full code at a plane position: the other dimensions as the sliders hold them. */
  codeAt(x, y) {
    const code = Float64Array.from(this.base);
    code[this.axes[0]] = x;
    if (this.axes[1] >= 0) code[this.axes[1]] = y;
    return code;
  }

  /** @returns {[number, number]} */
  positionOf(code) {
    return [code[this.axes[0]], this.axes[1] < 0 ? 0 : code[this.axes[1]]];
  }

  /** Holds a code's dimensions from now on; returns whether any that the plane does not span is another one. */
  hold(code) {
    const isRestMoved = code.some((value, dim) => !this.axes.includes(dim) && value !== this.base[dim]);
    this.base = code;
    return isRestMoved;
  }
}
