// Transposed convolution of an image: one product, its parts added up where windows overlap.
import { expectShape, multiply, sizeOf, tensorNamed, valuesOr } from "../tensors.js";
import { windowPlaces } from "../windows.js";

export function build(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [channels, maps, ...kernel] = weight.shape;
  expectShape(spec, shape, 3, channels);
  const { stride, padding, output_padding: rest } = spec;
  const small = shape.slice(1);
  const large = small.map((length, k) => (length - 1) * stride[k] - 2 * padding[k] + kernel[k] + rest[k]);
  const places = windowPlaces(small, large, kernel, stride, padding);
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const bias = valuesOr(tensors, spec.bias, maps, 0);
  const weights = transposed(weight.data, channels, maps * taps, new Float32Array(weight.data.length));
  const pixels = new Float32Array(count * channels);
  const parts = new Float32Array(count * maps * taps);
  const output = new Float32Array(maps * area);
  const run = (values) => {
    multiply(transposed(values, channels, count, pixels), weights, parts, count, maps * taps, channels);
    for (let m = 0; m < maps; m++) output.fill(bias[m], m * area, (m + 1) * area);
    for (let p = 0; p < count; p++) {
      for (let m = 0; m < maps; m++) {
        const from = (p * maps + m) * taps;
        for (let t = 0; t < taps; t++) {
          const at = places[p * taps + t];
          if (at >= 0) output[m * area + at] += parts[from + t];
        }
      }
    }
    return output;
  };
  return { shape: [maps, ...large], run };
}

function transposed(values, rows, columns, out) {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  }
  return out;
}
