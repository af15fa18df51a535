// Layers that change each value by itself, in place.

export const ACTIVATIONS = {
  relu: elementwise(() => (x) => (x > 0 ? x : 0)),
  leaky_relu: elementwise(({ slope }) => (x) => (x > 0 ? x : slope * x)),
  elu: elementwise(({ alpha }) => (x) => (x > 0 ? x : alpha * Math.expm1(x))),
  gelu: elementwise(() => (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))),
  silu: elementwise(() => (x) => x / (1 + Math.exp(-x))),
  // Split so that no exponential overflows.
  softplus: elementwise(() => (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  tanh: elementwise(() => Math.tanh),
  sigmoid: elementwise(() => (x) => 1 / (1 + Math.exp(-x))),
  clamp: elementwise(({ low, high }) => (x) => Math.min(Math.max(x, low), high)),
};

function elementwise(activationOf) {
  return (spec, tensors, shape) => {
    const activation = activationOf(spec);
    const run = (values) => {
      for (let i = 0; i < values.length; i++) values[i] = activation(values[i]);
      return values;
    };
    return { shape, run };
  };
}

// Abramowitz and Stegun 1964, 7.1.26: wrong by 1.5e-7 at most, about the spacing of float32 near 1.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  const value = 1 - polynomial * Math.exp(-x * x);
  return x < 0 ? -value : value;
}
