// x, raised to low where it is below and lowered to high where it is above.
import { elementwise } from "../elementwise.js";

export function build({ low, high }, tensors, shape) {
  return elementwise(shape, (x) => Math.min(Math.max(x, low), high));
}
