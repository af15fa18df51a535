// Transposed convolution of an image: weight (channels, maps, h, w).
import { overlapping, transposed } from "../overlapping.js";
import { expectShape, tensorNamed, valuesOr } from "../tensors.js";

export function build(spec, tensors, shape, products) {
  const weight = tensorNamed(tensors, spec.weight);
  const [channels, maps, ...kernel] = weight.shape;
  expectShape(spec, shape, 3, channels);
  const { stride, padding, output_padding: rest } = spec;
  const side = (k) => (shape[k + 1] - 1) * stride[k] - 2 * padding[k] + kernel[k] + rest[k];
  const length = weight.data.length;
  const weights = transposed(weight.data, channels, length / channels, new Float32Array(length));
  const bias = valuesOr(tensors, spec.bias, maps, 0);
  return overlapping(weights, shape, [maps, side(0), side(1)], { kernel, stride, padding }, bias, products);
}
