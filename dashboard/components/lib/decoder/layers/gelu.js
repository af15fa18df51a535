// x times the share of a standard normal below it, by the error function.
import { elementwise } from "../elementwise.js";

export function build(spec, tensors, shape) {
  return elementwise(shape, (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)));
}

// Abramowitz and Stegun 1964, 7.1.26: wrong by 1.5e-7 at most, about the spacing of float32 near 1.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const value = 1 - polynomial * Math.exp(-x * x);
  return x < 0 ? -value : value;
}
