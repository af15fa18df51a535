// The code as it is, and behind it the likeliest class, one-hot, in place of log-odds; in place.
export function build({ latent_dim: latentDim }, tensors, shape) {
  const run = (values) => {
    let first = latentDim;
    for (let i = latentDim; i < values.length; i++) if (values[i] > values[first]) first = i;
    values.fill(0, latentDim);
    values[first] = 1;
    return values;
  };
  return { shape, run };
}
