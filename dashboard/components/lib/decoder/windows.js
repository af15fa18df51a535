// Windows of images (c, h, w): where they lie, and layers that sum them up.
import { expectShape, sizeOf } from "./tensors.js";

/**
 * Where the windows of a convolution lie: for every place of the small grid and every tap of the
 * kernel the index into the large grid, or -1 outside it. A convolution goes from the large grid to
 * the small one, a transposed convolution the other way.
 */
export function windowPlaces(small, large, kernel, stride, padding) {
  const places = new Int32Array(small[0] * small[1] * kernel[0] * kernel[1]);
  let next = 0;
  for (let i = 0; i < small[0]; i++) {
    for (let j = 0; j < small[1]; j++) {
      for (let u = 0; u < kernel[0]; u++) {
        for (let v = 0; v < kernel[1]; v++) {
          const y = i * stride[0] - padding[0] + u;
          const x = j * stride[1] - padding[1] + v;
          const isInside = y >= 0 && y < large[0] && x >= 0 && x < large[1];
          places[next++] = isInside ? y * large[1] + x : -1;
        }
      }
    }
  }
  return places;
}

/**
 * Along one side: for every tap of the kernel which windows have it inside the large grid, and how far it lies from
 * `stride` times the window's number.
 *
 * @returns {{first: number, end: number, shift: number}[]}
 */
export function windowsInside(small, large, kernel, stride, padding) {
  return Array.from({ length: kernel }, (_, tap) => {
    const shift = tap - padding;
    const first = Math.min(small, Math.max(0, Math.ceil(-shift / stride)));
    const end = Math.min(small, Math.ceil((large - shift) / stride));
    return { first, end: Math.max(first, end), shift };
  });
}

/** How many windows fit along each side. */
export function windowCount(large, kernel, stride, padding) {
  return [0, 1].map((k) => Math.floor((large[k] + 2 * padding[k] - kernel[k]) / stride[k]) + 1);
}

/**
 * @callback Summary
 * @param {Float32Array} values of the image.
 * @param {number} base where the channel begins among them.
 * @param {Int32Array} places of the windows, from the channel's beginning.
 * @param {number} from where the window's places begin.
 * @param {number} to where they end.
 * @returns {number}
 */

/**
 * A layer that sums up each window of each channel.
 *
 * @param {Summary} summary of one window.
 */
export function pooled(spec, shape, summary) {
  expectShape(spec, shape, 3);
  const [channels, ...large] = shape;
  const small = windowCount(large, spec.kernel, spec.stride, [0, 0]);
  const places = windowPlaces(small, large, spec.kernel, spec.stride, [0, 0]);
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(spec.kernel)];
  const output = new Float32Array(channels * count);
  const run = (values) => {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < count; p++) {
        output[c * count + p] = summary(values, c * area, places, p * taps, (p + 1) * taps);
      }
    }
    return output;
  };
  return { shape: [channels, ...small], run };
}
