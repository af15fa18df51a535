// 1 / (1 + exp(-x)).
import { elementwise } from "../elementwise.js";

export function build(spec, tensors, shape) {
  return elementwise(shape, (x) => 1 / (1 + Math.exp(-x)));
}
