// The hyperbolic tangent.
import { elementwise } from "../elementwise.js";

export function build(spec, tensors, shape) {
  return elementwise(shape, Math.tanh);
}
