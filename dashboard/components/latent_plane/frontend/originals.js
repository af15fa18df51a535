// The original images: they travel in parts, each when the first of its images is to be seen.
import { storedImage } from "../../lib/ui/pixels.js";

// Once one was wanted the others come too, one after the other, so that the pointer need not wait: not of large sets.
const MOST_FETCHED_AHEAD = 64;
const RETRY_MS = 5000;

export class Originals {
  /**
   * @param {?{address: string, rows: number}} offered where the parts are, and how many images each has; null
   *   where a run has none.
   * @param {number} count how many images there are.
   * @param {number[]} shape [h, w, c]
   * @param {() => void} onChange called when images came, or when it is known that they do not.
   */
  constructor(offered, count, shape, onChange) {
    this.offered = offered;
    this.count = count;
    this.shape = shape;
    this.onChange = onChange;
    this.abort = new AbortController();
    /** Of each part that was asked for its pixels (rows, h, w, c), null while it travels, or when it failed, in ms. */
    this.parts = new Map();
  }

  /** Whether images are to be had: not that they have come. */
  get areOffered() {
    return Boolean(this.offered);
  }

  /** "present", "loading", "broken" or "absent". */
  stateOf(i) {
    const part = this.offered ? this.parts.get(this.partOf(i)) : undefined;
    if (!this.offered) return "absent";
    if (typeof part === "number") return "broken";
    return part ? "present" : "loading";
  }

  /** Image `i` as values (c, h, w) in 0..1, or null: then it is asked for. */
  image(i) {
    if (!this.offered) return null;
    const number = this.partOf(i);
    const part = this.parts.get(number);
    if (part && typeof part === "object") return storedImage(part, i - number * this.offered.rows, this.shape);
    const isDue = part === undefined || (typeof part === "number" && performance.now() - part > RETRY_MS);
    if (isDue) this.fetchFrom(number);
    return null;
  }

  partOf(i) {
    return Math.floor(i / this.offered.rows);
  }

  /** A part that is wanted now, and then those that may be wanted next. */
  async fetchFrom(number) {
    await this.fetchPart(number);
    const parts = Math.ceil(this.count / this.offered.rows);
    if (this.isAhead || parts > MOST_FETCHED_AHEAD) return;
    this.isAhead = true;
    for (let k = 1; k < parts && !this.abort.signal.aborted; k++) {
      const next = (number + k) % parts;
      if (!this.parts.has(next)) await this.fetchPart(next);
    }
  }

  async fetchPart(number) {
    this.parts.set(number, null);
    const pixels = await this.received(number).catch(() => null);
    if (this.abort.signal.aborted) return;
    this.parts.set(number, pixels ?? performance.now());
    this.onChange();
  }

  async received(number) {
    const { address, rows } = this.offered;
    const url = new URL(`${address}/${number}`, document.baseURI);
    const answer = await fetch(url, { signal: this.abort.signal });
    if (!answer.ok) return null;
    const pixels = new Uint8Array(await answer.arrayBuffer());
    const length = this.shape.reduce((total, side) => total * side, Math.min(rows, this.count - number * rows));
    return pixels.length === length ? pixels : null;
  }

  dispose() {
    this.abort.abort();
    this.parts.clear();
  }
}
