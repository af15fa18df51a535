// Layers that compute nothing: each output is one of the inputs.

/** A layer whose every output is one of its inputs: `from` says which. */
export function picking(shape, from) {
  const [channels, h, w] = shape;
  const source = new Int32Array(channels * h * w);
  for (let i = 0; i < source.length; i++) {
    source[i] = from(Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w);
  }
  const output = new Float32Array(source.length);
  const run = (values) => {
    for (let i = 0; i < source.length; i++) output[i] = values[source[i]];
    return output;
  };
  return { shape, run };
}
