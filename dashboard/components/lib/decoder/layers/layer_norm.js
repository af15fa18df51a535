// Values by their own mean and variance, over as many last axes as the weight has; in place.
import { sizeOf, tensorNamed, valuesOr } from "../tensors.js";

export function build(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const inner = weight.shape;
  if (shape.slice(-inner.length).join() !== inner.join()) {
    throw new Error(`layer_norm takes ${inner.join(" x ")} values and is given ${shape.join(" x ")}.`);
  }
  const count = sizeOf(inner);
  const bias = valuesOr(tensors, spec.bias, count, 0);
  const run = (values) => {
    for (let start = 0; start < values.length; start += count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += values[start + i];
      const mean = total / count;
      let squares = 0;
      for (let i = 0; i < count; i++) squares += (values[start + i] - mean) ** 2;
      const scale = 1 / Math.sqrt(squares / count + spec.epsilon);
      for (let i = 0; i < count; i++) {
        values[start + i] = (values[start + i] - mean) * scale * weight.data[i] + bias[i];
      }
    }
    return values;
  };
  return { shape, run };
}
