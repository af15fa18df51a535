// The original images, and thumbnails that stand for them where they are too many or too large to be had all at once.
import { Parts } from "./parts.js";
import { resized, storedImage } from "../../lib/ui/pixels.js";

// Of large images that have come one by one.
const MOST_KEPT = 500;

export class Originals {
  /**
   * @param {?{address: string, rows: number, sheets: ?Object}} offered where the parts are, and how many images each
   *   has; where thumbnails are, as packing.py says; null where a run has none.
   * @param {number} count how many images there are.
   * @param {number[]} shape [h, w, c]
   * @param {(isOne: boolean) => void} onChange called when images came, or when it is known that they do not: one that
   *   was asked for alone, or many.
   */
  constructor(offered, count, shape, onChange) {
    this.offered = offered;
    this.count = count;
    this.shape = shape;
    const parts = offered ? Math.ceil(count / offered.rows) : 0;
    this.parts = new Parts(parts, (number, signal) => this.received(number, signal), () => onChange(Boolean(this.sheets)), offered?.sheets ? MOST_KEPT : Infinity);
    this.sheets = offered?.sheets ? new Parts(Math.ceil(count / offered.sheets.rows), (number, signal) => this.receivedSheet(number, signal), () => onChange(false)) : null;
  }

  /** Whether images are to be had: not that they have come. */
  get areOffered() {
    return Boolean(this.offered);
  }

  /** "present", "loading", "broken" or "absent". */
  stateOf(i) {
    return this.offered ? this.parts.stateOf(this.partOf(i)) : "absent";
  }

  /** Image `i` as values (c, h, w) in 0..1, or null: then it is asked for. */
  image(i) {
    return this.offered ? this.stored(this.parts.get(this.partOf(i)), i) : null;
  }

  /** What stands for image `i` among many: itself, or where those are many its thumbnail; null as in `image`. */
  thumbnail(i) {
    if (!this.sheets) return this.image(i);
    return this.stored(this.parts.seen(this.partOf(i)), i) ?? this.preview(i);
  }

  /** The thumbnail of image `i` at the image's own size, or null: then it is asked for, if there is one. */
  preview(i) {
    if (!this.sheets) return null;
    const { rows, columns, height, width } = this.offered.sheets;
    const sheet = this.sheets.get(Math.floor(i / rows));
    const k = i % rows;
    return sheet && resized(sheet, { left: (k % columns) * width, top: Math.floor(k / columns) * height, height, width }, this.shape);
  }

  stored(part, i) {
    return part && storedImage(part, i - this.partOf(i) * this.offered.rows, this.shape);
  }

  partOf(i) {
    return Math.floor(i / this.offered.rows);
  }

  async received(number, signal) {
    const { address, rows } = this.offered;
    const answer = await fetch(new URL(`${address}/${number}`, document.baseURI), { signal });
    if (!answer.ok) return null;
    const pixels = new Uint8Array(await answer.arrayBuffer());
    const length = this.shape.reduce((total, side) => total * side, Math.min(rows, this.count - number * rows));
    return pixels.length === length ? pixels : null;
  }

  /** A sheet's pixels as the browser reads the picture. @returns {Promise<?ImageData>} */
  async receivedSheet(number, signal) {
    const { address, rows, columns, height, width } = this.offered.sheets;
    const answer = await fetch(new URL(`${address}/${number}`, document.baseURI), { signal });
    if (!answer.ok) return null;
    const picture = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
    const lines = Math.ceil(Math.min(rows, this.count - number * rows) / columns);
    if (picture.width !== columns * width || picture.height !== lines * height) return null;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0);
    picture.close();
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  }

  dispose() {
    this.parts.dispose();
    this.sheets?.dispose();
  }
}
