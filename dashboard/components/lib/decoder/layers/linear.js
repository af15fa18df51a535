// x W^T + b, on a vector, or on every row of a sequence (steps, inputs).
import { sizeOf, tensorNamed, valuesOr } from "../tensors.js";

export function build(spec, tensors, shape, products) {
  const weight = tensorNamed(tensors, spec.weight);
  const [outputs, inputs] = weight.shape;
  if (inputs !== shape.at(-1)) {
    throw new Error(`linear layer "${spec.weight}" takes ${inputs} values and is given ${shape.at(-1)}.`);
  }
  const bias = valuesOr(tensors, spec.bias, outputs, 0);
  const rows = sizeOf(shape) / inputs;
  const product = products.add(rows, outputs, inputs, { b: weight.data });
  const run = (values) => {
    product.a.set(values);
    product.run();
    const { out } = product;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < outputs; i++) out[row * outputs + i] += bias[i];
    }
    return out;
  };
  return { shape: [...shape.slice(0, -1), outputs], run };
}
