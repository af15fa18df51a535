// x where it is above 0, else 0. In a loop of its own: most layers are of this kind, and a shared one calls a function.
export function build(spec, tensors, shape) {
  const run = (values) => {
    for (let i = 0; i < values.length; i++) if (!(values[i] > 0)) values[i] = 0;
    return values;
  };
  return { shape, run };
}
