// The largest value of each window.
import { pooled } from "../windows.js";

export function build(spec, tensors, shape) {
  return pooled(spec, shape, (values, base, at, from, to) => {
    let most = -Infinity;
    for (let k = from; k < to; k++) most = Math.max(most, values[base + at[k]]);
    return most;
  });
}
