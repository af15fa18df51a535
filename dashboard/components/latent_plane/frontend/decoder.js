// The decoder's forward pass on typed arrays: a latent code in, an image out.

// Each entry builds one layer: (spec, tensors, shape of the input) -> {shape, run(input) -> output}.
// Output buffers are made once, here, so that decoding under a moving pointer leaves no garbage.
const LAYER_TYPES = {
  linear: buildLinear,
  relu: elementwise((x) => (x > 0 ? x : 0)),
  leaky_relu: (spec, tensors, shape) => {
    const slope = spec.slope ?? 0.01;
    return elementwise((x) => (x > 0 ? x : slope * x))(spec, tensors, shape);
  },
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  unflatten: (spec, tensors, shape) => {
    if (product(spec.shape) !== product(shape)) {
      throw new Error(`unflatten cannot turn ${product(shape)} values into ${spec.shape.join(" x ")}.`);
    }
    return { shape: spec.shape, run: (values) => values };
  },
};

/**
 * Builds a decoder.
 *
 * @param {Object[]} layers specifications in order, e.g. {type: "linear", weight: NAME, bias: NAME}.
 * @param {Object<string, {shape: number[], data: Float32Array}>} tensors the weights by name;
 *   linear weights are (out, in), row-major, as PyTorch keeps them.
 * @param {number} latentDim length of a latent code.
 * @returns {{shape: number[], decode: function(ArrayLike<number>): Float32Array}} shape is that of
 *   the output, (c, h, w); decode returns a buffer that the next call overwrites.
 */
export function createDecoder(layers, tensors, latentDim) {
  const input = new Float32Array(latentDim);
  let shape = [latentDim];
  const steps = layers.map((spec) => {
    if (!Object.hasOwn(LAYER_TYPES, spec.type)) {
      const known = Object.keys(LAYER_TYPES).sort().join(", ");
      throw new Error(`The browser decoder has no layer type "${spec.type}". Known: ${known}.`);
    }
    const step = LAYER_TYPES[spec.type](spec, tensors, shape);
    shape = step.shape;
    return step;
  });
  const decode = (code) => {
    if (code.length !== latentDim) {
      throw new Error(`A latent code of length ${code.length} was given; the decoder takes ${latentDim}.`);
    }
    input.set(code);
    let values = input;
    for (const step of steps) values = step.run(values);
    return values;
  };
  return { shape, decode };
}

function buildLinear(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [outputs, inputs] = weight.shape;
  if (inputs !== product(shape)) {
    throw new Error(`linear layer "${spec.weight}" takes ${inputs} values and is given ${product(shape)}.`);
  }
  const bias = spec.bias ? tensorNamed(tensors, spec.bias).data : new Float32Array(outputs);
  const output = new Float32Array(outputs);
  const rows = weight.data;
  const unrolled = inputs - (inputs % 4);
  const run = (values) => {
    for (let row = 0, start = 0; row < outputs; row++, start += inputs) {
      // Four independent sums in double precision: twice as fast as one, and closer to the true value.
      let a = bias[row];
      let b = 0;
      let c = 0;
      let d = 0;
      let i = 0;
      for (; i < unrolled; i += 4) {
        const at = start + i;
        a += rows[at] * values[i];
        b += rows[at + 1] * values[i + 1];
        c += rows[at + 2] * values[i + 2];
        d += rows[at + 3] * values[i + 3];
      }
      for (; i < inputs; i++) a += rows[start + i] * values[i];
      output[row] = a + b + (c + d);
    }
    return output;
  };
  return { shape: [outputs], run };
}

function elementwise(activation) {
  return (spec, tensors, shape) => ({
    shape,
    run(values) {
      for (let i = 0; i < values.length; i++) values[i] = activation(values[i]);
      return values;
    },
  });
}

function tensorNamed(tensors, name) {
  if (!Object.hasOwn(tensors, name)) throw new Error(`The decoder needs a tensor "${name}", which was not sent.`);
  return tensors[name];
}

function product(shape) {
  return shape.reduce((total, size) => total * size, 1);
}
