// The original images: unpacked in the background, so that the plane answers the pointer first.
import { inflate, storedImage } from "../../lib/ui/pixels.js";

export class Originals {
  /**
   * @param {?Uint8Array} deflated zlib-deflated uint8 pixels (n, h, w, c), or null where a run has none.
   * @param {number} count how many images there must be.
   * @param {number[]} shape [h, w, c]
   * @param {() => void} onReady called once it is known whether they can be shown.
   */
  constructor(deflated, count, shape, onReady) {
    this.shape = shape;
    this.pixels = null;
    /** "present", "loading", "broken" or "absent". */
    this.state = deflated ? "loading" : "absent";
    if (deflated) this.unpack(deflated, count, onReady);
  }

  async unpack(deflated, count, onReady) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const pixels = await inflate(deflated).catch(() => null);
    if (this.isDisposed) return;
    const isWhole = pixels?.length === this.shape.reduce((total, length) => total * length, count);
    this.pixels = isWhole ? pixels : null;
    this.state = isWhole ? "present" : "broken";
    onReady();
  }

  /** Image `i` as values (c, h, w) in 0..1, or null. */
  image(i) {
    return this.pixels && storedImage(this.pixels, i, this.shape);
  }

  dispose() {
    this.isDisposed = true;
    this.pixels = null;
  }
}
