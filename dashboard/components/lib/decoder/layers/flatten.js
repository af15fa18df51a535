// All values in a row, which is how they lie anyway.
import { sizeOf } from "../tensors.js";

export function build(spec, tensors, shape) {
  return { shape: [sizeOf(shape)], run: (values) => values };
}
