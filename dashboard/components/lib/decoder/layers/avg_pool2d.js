// The mean of each window.
import { pooled } from "../windows.js";

export function build(spec, tensors, shape) {
  return pooled(spec, shape, (values, base, at, from, to) => {
    let total = 0;
    for (let k = from; k < to; k++) total += values[base + at[k]];
    return total / (to - from);
  });
}
