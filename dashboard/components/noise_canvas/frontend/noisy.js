// The image that is shown: a corruption's pixels, clipped and rounded to float32 as Python does, and how far
// they are from the clean ones.

/**
 * An image with a corruption at a level.
 *
 * @param {Function} corrupt of the corruption's file; see ../corruptions/__init__.py.
 * @param {Float32Array} image (h, w, c), values in 0..1.
 * @param {number[]} shape [h, w, c].
 * @param {number} level what the corruption's level counts.
 * @param {{normal: Float32Array, uniform: Float32Array, centre: number[]}} draws
 * @returns {Float32Array} (h, w, c), values in 0..1.
 */
export function noisyImage(corrupt, image, shape, level, draws) {
  return Float32Array.from(corrupt(image, shape, level, draws), (v) => Math.min(1, Math.max(0, v)));
}

/** Peak signal-to-noise ratio of two images in 0..1, in dB: higher is better, Infinity where they are equal. */
export function psnr(clean, noisy) {
  let total = 0;
  for (let i = 0; i < clean.length; i++) total += (clean[i] - noisy[i]) ** 2;
  return -10 * Math.log10(total / clean.length);
}
