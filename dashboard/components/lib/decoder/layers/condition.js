// The one-hot class behind the latent code.
import { sizeOf } from "../tensors.js";

export function build(spec, tensors, shape) {
  const latentDim = sizeOf(shape);
  const output = new Float32Array(latentDim + spec.classes);
  const run = (code, condition) => {
    if (!(Number.isInteger(condition) && condition >= 0 && condition < spec.classes)) {
      throw new Error(`The decoder takes a class from 0 to ${spec.classes - 1} and is given ${condition}.`);
    }
    output.fill(0);
    output.set(code);
    output[latentDim + condition] = 1;
    return output;
  };
  return { shape: [output.length], run };
}
