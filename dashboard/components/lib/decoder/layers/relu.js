// x where it is above 0, else 0.
import { elementwise } from "../elementwise.js";

export function build(spec, tensors, shape) {
  return elementwise(shape, (x) => (x > 0 ? x : 0));
}
