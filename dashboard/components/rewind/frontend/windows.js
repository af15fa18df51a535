// Which window the plane shows at an epoch: one around that epoch's codes, or one around all epochs' codes.
import { fitView, isNoise, openingRanges, overNoise, reach } from "../../lib/scatter/geometry.js";

/** The positions, or a window, a share of the way from one to the other. */
export function between(from, to, share, out) {
  for (let i = 0; i < out.length; i++) out[i] = from[i] + share * (to[i] - from[i]);
  return out;
}

/** Straight, so that what glides straight from the one to the other never leaves the window. */
export function viewBetween(from, to, share) {
  const part = (name) => from[name] + share * (to[name] - from[name]);
  return { cx: part("cx"), cy: part("cy"), width: part("width") };
}

// A window that is hardly narrower does as well.
const LITTLE_WIDER = 1.15;

export class Windows {
  /** @param {import("./epochs.js").Epochs} epochs */
  constructor(epochs) {
    this.epochs = epochs;
  }

  reach(f, axes) {
    return this.epochs.once(`reach ${f} ${axes}`, () => reach(this.epochs.positions(f, axes)));
  }

  /** Around the codes of frame f, or, where a few would shrink the rest, around nearly all; `isWhole`: all. */
  around(f, axes, size, isWhole) {
    return fitView(...this.ranges(f, axes, size, isWhole), size);
  }

  /** Around those of every frame; where one is given that they all lie in, or nearly, that one. */
  fixed(axes, size, isWhole, given = null) {
    const around = this.aroundAll(axes, size, isWhole);
    return given && around.width <= LITTLE_WIDER * given.width ? given : around;
  }

  aroundAll(axes, size, isWhole) {
    const key = `fixed ${[axes, size.width, size.height, isWhole]}`;
    return this.epochs.once(key, () => {
      const all = this.epochs.numbers.map((_, f) => this.ranges(f, axes, size, isWhole));
      const union = (k) => [Math.min(...all.map((r) => r[k][0])), Math.max(...all.map((r) => r[k][1]))];
      return fitView(union(0), union(1), size);
    });
  }

  ranges(f, axes, size, isWhole) {
    const found = this.reach(f, axes);
    return overNoise(isWhole ? found.all : openingRanges(found, size), this.epochs.hasPrior);
  }

  /** Whether the codes of frame f are all but one point. */
  isNoise(f, axes) {
    return isNoise(this.reach(f, axes).most, this.epochs.hasPrior);
  }
}
