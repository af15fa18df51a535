// log(1 + exp(x)).
import { elementwise } from "../elementwise.js";

export function build(spec, tensors, shape) {
  // Split so that no exponential overflows.
  return elementwise(shape, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
}
