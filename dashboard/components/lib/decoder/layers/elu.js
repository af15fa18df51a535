// x where it is above 0, else alpha (exp(x) - 1).
import { elementwise } from "../elementwise.js";

export function build({ alpha }, tensors, shape) {
  return elementwise(shape, (x) => (x > 0 ? x : alpha * Math.expm1(x)));
}
