// Convolution of an image as one product: weight (maps, c, h, w).
import { overlapping } from "../overlapping.js";
import { expectShape, sizeOf, tensorNamed, valuesOr } from "../tensors.js";
import { windowCount, windowPlaces } from "../windows.js";

export function build(spec, tensors, shape, products) {
  const weight = tensorNamed(tensors, spec.weight);
  const [maps, channels, ...kernel] = weight.shape;
  expectShape(spec, shape, 3, channels);
  const { stride, padding } = spec;
  const large = shape.slice(1);
  const small = windowCount(large, kernel, stride, padding);
  const bias = valuesOr(tensors, spec.bias, maps, 0);
  // Nine times the input would be laid out; where the output is smaller, its parts are fewer.
  if (maps <= channels && stride.every((step) => step === 1)) {
    const form = { kernel, stride, padding: kernel.map((length, k) => length - 1 - padding[k]) };
    return overlapping(mirrored(weight), shape, [maps, ...small], form, bias, products);
  }
  const places = windowPlaces(small, large, kernel, stride, padding);
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const depth = channels * taps;
  const product = products.add(maps, count, depth, { a: weight.data });
  const run = (values) => {
    const { b: patches, out } = product;
    for (let p = 0; p < count; p++) {
      for (let c = 0; c < channels; c++) {
        const to = p * depth + c * taps;
        for (let t = 0; t < taps; t++) {
          const at = places[p * taps + t];
          if (at >= 0) patches[to + t] = values[c * area + at];
        }
      }
    }
    product.run();
    for (let m = 0; m < maps; m++) {
      for (let p = 0; p < count; p++) out[m * count + p] += bias[m];
    }
    return out;
  };
  return { shape: [maps, ...small], run };
}

/** (maps, channels, taps) as (maps, taps in reverse, channels): of stride 1, either kind of convolution is the other. */
function mirrored({ data, shape: [maps, channels, ...kernel] }) {
  const taps = sizeOf(kernel);
  const out = new Float32Array(data.length);
  for (let m = 0, i = 0; m < maps; m++) {
    for (let c = 0; c < channels; c++) {
      for (let t = taps - 1; t >= 0; t--) out[(m * taps + t) * channels + c] = data[i++];
    }
  }
  return out;
}
