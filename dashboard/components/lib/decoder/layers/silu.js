// x times its sigmoid.
import { elementwise } from "../elementwise.js";

export function build(spec, tensors, shape) {
  return elementwise(shape, (x) => x / (1 + Math.exp(-x)));
}
