// Images drawn over the plane: the decoded lattice and thumbnails in place of dots.
import { imageToRgba } from "../../lib/ui/pixels.js";
import { toLatent, toScreen, visibleBox } from "../../lib/scatter/geometry.js";

/** The size in CSS px at which one image of h x w stands on the plane: near 30, whole multiples where small. */
export function tileSize([h, w]) {
  const longest = Math.max(h, w);
  const scale = longest <= 28 ? Math.ceil(28 / longest) : longest <= 48 ? 1 : 48 / longest;
  return { width: w * scale, height: h * scale };
}

// Many images on one canvas, so that a redraw copies from a single source.
class Mosaic {
  constructor(columns, count, shape) {
    this.h = shape[0];
    this.w = shape[1];
    this.shape = shape;
    this.columns = Math.max(1, columns);
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.columns * this.w;
    this.canvas.height = Math.max(1, Math.ceil(count / this.columns)) * this.h;
    this.pen = this.canvas.getContext("2d");
    this.filled = new Uint8Array(count);
  }

  put(k, image) {
    const [x, y] = this.corner(k);
    this.pen.putImageData(new ImageData(imageToRgba(image, this.shape), this.w, this.h), x, y);
    this.filled[k] = 1;
  }

  corner(k) {
    return [(k % this.columns) * this.w, Math.floor(k / this.columns) * this.h];
  }
}

/** Decoded images on a grid over the visible window. */
export class Lattice {
  constructor(client, shape, onProgress) {
    this.client = client;
    this.shape = shape;
    this.onProgress = onProgress;
    this.job = null;
    this.current = null;
    this.previous = null;
  }

  /**
   * @param {(x: number, y: number) => Float64Array} codeAt the full latent code at a plane position.
   * @param {?number} condition the class to decode as, where the decoder takes one.
   */
  refresh(view, size, codeAt, latentDim, condition) {
    this.job?.cancel();
    const tile = tileSize(this.shape);
    const columns = Math.ceil(size.width / tile.width);
    const rows = Math.ceil(size.height / tile.height);
    const codes = new Float32Array(columns * rows * latentDim);
    for (let k = 0; k < columns * rows; k++) {
      const px = ((k % columns) + 0.5) * tile.width;
      const py = (Math.floor(k / columns) + 0.5) * tile.height;
      codes.set(codeAt(...toLatent(view, size, px, py)), k * latentDim);
    }
    const [left, top] = toLatent(view, size, 0, 0);
    const [right, bottom] = toLatent(view, size, columns * tile.width, rows * tile.height);
    const mosaic = new Mosaic(columns, columns * rows, this.shape);
    // The old images stay until the new ones cover them: a window that is being dragged never goes blank.
    if (this.current?.mosaic.filled.every(Boolean)) this.previous = this.current;
    this.current = { mosaic, left, top, right, bottom };
    let left_to_do = columns * rows;
    const conditions = condition === null ? null : new Array(columns * rows).fill(condition);
    this.job = this.client.decodeLater(codes, conditions, (k, image) => {
      mosaic.put(k, image);
      if (--left_to_do === 0) this.previous = null;
      this.onProgress();
    });
  }

  draw(pen, view, size) {
    for (const layer of [this.previous, this.current]) {
      if (!layer) continue;
      const [x, y] = toScreen(view, size, layer.left, layer.top);
      const [right, bottom] = toScreen(view, size, layer.right, layer.bottom);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(layer.mosaic.canvas, x, y, right - x, bottom - y);
    }
  }

  clear() {
    this.job?.cancel();
    this.job = this.current = this.previous = null;
  }
}

/** Images in place of as many dots as fit without overlapping; the others stay dots. */
export class Thumbnails {
  constructor(client, shape, onProgress) {
    this.client = client;
    this.shape = shape;
    this.onProgress = onProgress;
    this.job = null;
    this.shown = [];
    this.mosaic = null;
  }

  /**
   * @param {{coordinates, labels, codes, latentDim, conditions, visibility, originals, rows}} plane without
   *   originals, reconstructions are decoded, each as its own class.
   * @returns {{shown: number, inView: number}}
   */
  refresh(view, size, plane) {
    this.job?.cancel();
    const box = visibleBox(view, size);
    const inBox = (i) => {
      const [x, y] = plane.coordinates.placeOf({ index: i });
      return x >= box.left && x <= box.right && y >= box.bottom && y <= box.top;
    };
    const visible = (i) => plane.visibility.isPickable(i) && inBox(i);
    this.shown = this.withoutOverlap(view, size, plane).filter(inBox);
    let inView = 0;
    for (let i = 0; i < plane.labels.length; i++) if (visible(i)) inView++;
    const mosaic = new Mosaic(Math.ceil(Math.sqrt(this.shown.length)), this.shown.length, this.shape);
    this.mosaic = mosaic;
    if (plane.originals.areOffered) {
      this.shown.forEach((i, k) => {
        const image = plane.originals.thumbnail(plane.rows.imageOf(i));
        if (image) mosaic.put(k, image);
      });
    } else {
      const d = plane.latentDim;
      const codes = new Float32Array(this.shown.length * d);
      this.shown.forEach((i, k) => codes.set(plane.codes.subarray(i * d, (i + 1) * d), k * d));
      const conditions = plane.conditions && this.shown.map((i) => plane.conditions[i]);
      this.job = this.client.decodeLater(codes, conditions, (k, image) => {
        mosaic.put(k, image);
        this.onProgress();
      });
    }
    return { shown: this.shown.length, inView };
  }

  // Goes through all codes, not only those in view, so that panning never changes the choice.
  withoutOverlap(view, size, { coordinates: { positions }, labels, visibility: { isPickable } }) {
    const scale = size.width / view.width;
    const tile = tileSize(this.shape);
    const [stepX, stepY] = [tile.width + 4, tile.height + 4];
    const taken = new Map();
    const chosen = [];
    for (let i = 0; i < labels.length; i++) {
      if (!isPickable(i)) continue;
      const [x, y] = [positions[2 * i] * scale, positions[2 * i + 1] * scale];
      const [column, row] = [Math.floor(x / stepX), Math.floor(y / stepY)];
      let isFree = true;
      for (let c = column - 1; c <= column + 1 && isFree; c++) {
        for (let r = row - 1; r <= row + 1 && isFree; r++) {
          const other = taken.get(c * 1e6 + r);
          isFree = !other || Math.abs(other[0] - x) >= stepX || Math.abs(other[1] - y) >= stepY;
        }
      }
      if (!isFree) continue;
      taken.set(column * 1e6 + row, [x, y]);
      chosen.push(i);
    }
    return chosen;
  }

  /** @param {(i: number) => string} frameColour CSS colour of the frame, by code. */
  draw(pen, view, size, positions, frameColour) {
    const { mosaic } = this;
    const tile = tileSize(this.shape);
    pen.imageSmoothingEnabled = tile.width < this.shape[1];
    pen.lineWidth = 1.5;
    this.shown.forEach((i, k) => {
      if (!mosaic.filled[k]) return;
      const [x, y] = toScreen(view, size, positions[2 * i], positions[2 * i + 1]);
      const [left, top] = [Math.round(x - tile.width / 2), Math.round(y - tile.height / 2)];
      pen.drawImage(mosaic.canvas, ...mosaic.corner(k), mosaic.w, mosaic.h, left, top, tile.width, tile.height);
      pen.strokeStyle = frameColour(i);
      pen.strokeRect(left - 0.75, top - 0.75, tile.width + 1.5, tile.height + 1.5);
    });
  }

  clear() {
    this.job?.cancel();
    this.job = this.mosaic = null;
    this.shown = [];
  }
}
