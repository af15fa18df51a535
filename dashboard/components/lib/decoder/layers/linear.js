// x W^T + b, on a vector, or on every row of a sequence (steps, inputs).
import { multiply, sizeOf, tensorNamed, valuesOr } from "../tensors.js";

export function build(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [outputs, inputs] = weight.shape;
  if (inputs !== shape.at(-1)) {
    throw new Error(`linear layer "${spec.weight}" takes ${inputs} values and is given ${shape.at(-1)}.`);
  }
  const bias = valuesOr(tensors, spec.bias, outputs, 0);
  const rows = sizeOf(shape) / inputs;
  const output = new Float32Array(rows * outputs);
  const run = (values) => {
    multiply(values, weight.data, output, rows, outputs, inputs);
    for (let i = 0; i < output.length; i++) output[i] += bias[i % outputs];
    return output;
  };
  return { shape: [...shape.slice(0, -1), outputs], run };
}
