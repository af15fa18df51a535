// Image arithmetic: decoder output and stored pixels to RGBA, error maps, MSE, scales.

/**
 * Decoder output as RGBA.
 *
 * @param {Float32Array} image (c, h, w), values in 0..1, 1 or 3 channels.
 * @param {number[]} shape [h, w, c].
 * @returns {Uint8ClampedArray<ArrayBuffer>} (h, w, 4).
 */
export function imageToRgba(image, [h, w, c]) {
  const area = h * w;
  const rgba = new Uint8ClampedArray(4 * area);
  for (let p = 0; p < area; p++) {
    for (let k = 0; k < 3; k++) rgba[4 * p + k] = 255 * image[c === 1 ? p : k * area + p];
    rgba[4 * p + 3] = 255;
  }
  return rgba;
}

/**
 * Image `index` of stored pixels (n, h, w, c), uint8, as decoder-shaped values (c, h, w) in 0..1.
 *
 * @param {ArrayLike<number>} pixels
 * @param {number} index
 * @param {number[]} shape [h, w, c]
 */
export function storedImage(pixels, index, [h, w, c]) {
  const area = h * w;
  const image = new Float32Array(c * area);
  const start = index * area * c;
  for (let p = 0; p < area; p++) {
    for (let k = 0; k < c; k++) image[k * area + p] = pixels[start + p * c + k] / 255;
  }
  return image;
}

/**
 * A part of a picture as decoder-shaped values (c, h, w) in 0..1 at another size, linear between pixels' middles.
 *
 * @param {{data: ArrayLike<number>, width: number}} picture RGBA, row by row.
 * @param {{left: number, top: number, height: number, width: number}} box of whole pixels: none beyond it is looked at.
 * @param {number[]} shape [h, w, c] of what is made.
 */
export function resized({ data, width: stride }, box, [h, w, c]) {
  const image = new Float32Array(c * h * w);
  const columns = steps(w, box.width);
  const rows = steps(h, box.height);
  for (let y = 0; y < h; y++) {
    const above = 4 * ((box.top + rows.first[y]) * stride + box.left);
    const below = 4 * ((box.top + rows.second[y]) * stride + box.left);
    for (let x = 0; x < w; x++) {
      const [left, right, across] = [4 * columns.first[x], 4 * columns.second[x], columns.share[x]];
      for (let k = 0; k < c; k++) {
        const over = data[above + left + k] * (1 - across) + data[above + right + k] * across;
        const under = data[below + left + k] * (1 - across) + data[below + right + k] * across;
        image[(k * h + y) * w + x] = (over + (under - over) * rows.share[y]) / 255;
      }
    }
  }
  return image;
}

/** Between which two of `from` pixels each of `to` lies, and how far along. */
function steps(to, from) {
  const first = new Uint16Array(to);
  const second = new Uint16Array(to);
  const share = new Float32Array(to);
  for (let k = 0; k < to; k++) {
    const at = Math.min(Math.max(((k + 0.5) * from) / to - 0.5, 0), from - 1);
    first[k] = Math.floor(at);
    second[k] = Math.min(first[k] + 1, from - 1);
    share[k] = at - first[k];
  }
  return { first, second, share };
}

/** Mean squared error over all values of two images of one shape. */
export function meanSquaredError(a, b) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - b[i]) ** 2;
  return total / a.length;
}

/**
 * Absolute error per pixel (mean over channels) as RGBA, on a fixed scale from 0 (dark) to 1
 * (bright), so that two maps can be compared by eye.
 */
export function errorToRgba(a, b, [h, w, c]) {
  const area = h * w;
  const rgba = new Uint8ClampedArray(4 * area);
  for (let p = 0; p < area; p++) {
    let error = 0;
    for (let k = 0; k < c; k++) error += Math.abs(a[k * area + p] - b[k * area + p]) / c;
    // Black, red, yellow, white: the "hot" ramp, monotonic in lightness for every kind of sight.
    for (let k = 0; k < 3; k++) rgba[4 * p + k] = 255 * Math.min(1, Math.max(0, 3 * error - k));
    rgba[4 * p + 3] = 255;
  }
  return rgba;
}

/** The largest whole factor (or 1/whole) at which an image of h x w fits into `room` square px. */
export function wholeScale(h, w, room) {
  const fit = room / Math.max(h, w);
  return fit >= 1 ? Math.floor(fit) : 1 / Math.ceil(1 / fit);
}
