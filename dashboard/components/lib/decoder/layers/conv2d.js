// Convolution of an image as one product: weight (maps, c, h, w).
import { expectShape, multiply, sizeOf, tensorNamed, valuesOr } from "../tensors.js";
import { windowCount, windowPlaces } from "../windows.js";

export function build(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [maps, channels, ...kernel] = weight.shape;
  expectShape(spec, shape, 3, channels);
  const large = shape.slice(1);
  const small = windowCount(large, kernel, spec.stride, spec.padding);
  const places = windowPlaces(small, large, kernel, spec.stride, spec.padding);
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const bias = valuesOr(tensors, spec.bias, maps, 0);
  const depth = channels * taps;
  const patches = new Float32Array(count * depth);
  const output = new Float32Array(maps * count);
  const run = (values) => {
    for (let p = 0; p < count; p++) {
      for (let c = 0; c < channels; c++) {
        const to = p * depth + c * taps;
        for (let t = 0; t < taps; t++) {
          const at = places[p * taps + t];
          if (at >= 0) patches[to + t] = values[c * area + at];
        }
      }
    }
    multiply(weight.data, patches, output, maps, count, depth);
    for (let m = 0; m < maps; m++) {
      for (let p = 0; p < count; p++) output[m * count + p] += bias[m];
    }
    return output;
  };
  return { shape: [maps, ...small], run };
}
