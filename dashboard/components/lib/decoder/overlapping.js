// Windows that overlap: each place of a small image is spread over a window of a large one, and all are added up.
import { sizeOf } from "./tensors.js";
import { windowsInside } from "./windows.js";

/**
 * A transposed convolution: one product, then each of its parts added where it belongs.
 *
 * @param {ArrayLike<number>} weights (maps, taps of the kernel, channels), row-major.
 * @param {number[]} given shape of the input, (channels, h, w).
 * @param {number[]} made shape of the output, (maps, h, w).
 * @param {{kernel: number[], stride: number[], padding: number[]}} form
 * @param {ArrayLike<number>} bias one for each map.
 * @param {import("./products.js").Products} products
 */
export function overlapping(weights, given, made, { kernel, stride, padding }, bias, products) {
  const [channels, ...small] = given;
  const [maps, ...large] = made;
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  // A row of parts for each map and tap, over all places of the small image.
  const product = products.add(maps * taps, count, channels, { a: weights });
  const output = new Float32Array(maps * area);
  const insides = [0, 1].map((k) => windowsInside(small[k], large[k], kernel[k], stride[k], padding[k]));
  const run = (values) => {
    transposed(values, channels, count, product.b);
    product.run();
    for (let m = 0; m < maps; m++) {
      output.fill(bias[m], m * area, (m + 1) * area);
      for (let t = 0; t < taps; t++) {
        const [down, across] = [insides[0][Math.floor(t / kernel[1])], insides[1][t % kernel[1]]];
        addTo(output, m * area, large[1], product.out, (m * taps + t) * count, small[1], down, across, stride);
      }
    }
    return output;
  };
  return { shape: made, run };
}

/**
 * (rows, columns) as (columns, rows).
 *
 * @param {Float32Array} out overwritten and given back.
 */
export function transposed(values, rows, columns, out) {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  }
  return out;
}

/** Adds what one tap makes of a small image to one map of the large image. */
function addTo(output, to, width, parts, from, smallWidth, down, across, stride) {
  const { first, end, shift } = across;
  const [high, wide] = stride;
  for (let i = down.first; i < down.end; i++) {
    const row = from + i * smallWidth;
    let at = to + (i * high + down.shift) * width + first * wide + shift;
    for (let j = first; j < end; j++) {
      output[at] += parts[row + j];
      at += wide;
    }
  }
}
