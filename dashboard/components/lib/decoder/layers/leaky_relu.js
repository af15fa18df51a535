// x where it is above 0, else slope times x.
import { elementwise } from "../elementwise.js";

export function build({ slope }, tensors, shape) {
  return elementwise(shape, (x) => (x > 0 ? x : slope * x));
}
