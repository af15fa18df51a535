// The decoder's forward pass on typed arrays: a latent code in, and a class where it takes one; an image out.
import { ACTIVATIONS } from "./activations.js";
import { IMAGE_LAYERS } from "./convolution.js";
import { NORMALISATIONS } from "./normalisation.js";
import { SEQUENCE_LAYERS } from "./recurrent.js";
import { multiply, sizeOf, tensorNamed, valuesOr } from "./tensors.js";

// Each entry builds one layer: (spec, tensors, shape of the input) -> {shape, run(input, condition) -> output}.
// Output buffers are made once, here, so that decoding under a moving pointer leaves no garbage.
const LAYER_TYPES = {
  ...ACTIVATIONS,
  ...IMAGE_LAYERS,
  ...NORMALISATIONS,
  ...SEQUENCE_LAYERS,
  linear: buildLinear,
  condition: buildCondition,
  flatten: (spec, tensors, shape) => ({ shape: [sizeOf(shape)], run: (values) => values }),
  unflatten: (spec, tensors, shape) => {
    if (sizeOf(spec.shape) !== sizeOf(shape)) {
      throw new Error(`unflatten cannot turn ${sizeOf(shape)} values into ${spec.shape.join(" x ")}.`);
    }
    return { shape: spec.shape, run: (values) => values };
  },
};

/**
 * Builds a decoder.
 *
 * @param {Object[]} layers specifications in order, as aecore/export.py describes them, e.g.
 *   {type: "linear", weight: NAME, bias: NAME}.
 * @param {Object<string, {shape: number[], data: Float32Array}>} tensors the weights by name, in
 *   PyTorch's shapes, row-major.
 * @param {number} latentDim length of a latent code.
 * @returns {{shape: number[], decode: function(ArrayLike<number>, number=): Float32Array}} shape is
 *   that of the output, (c, h, w); decode takes a code, and a class if a layer is of type
 *   "condition", and returns a buffer that the next call overwrites.
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
  const decode = (code, condition) => {
    if (code.length !== latentDim) {
      throw new Error(`A latent code of length ${code.length} was given; the decoder takes ${latentDim}.`);
    }
    input.set(code);
    let values = input;
    for (const step of steps) values = step.run(values, condition);
    return values;
  };
  return { shape, decode };
}

// On a vector, or on every row of a sequence (steps, inputs).
function buildLinear(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [outputs, inputs] = weight.shape;
  if (inputs !== shape.at(-1)) {
    throw new Error(`linear layer "${spec.weight}" takes ${inputs} values and is given ${shape.at(-1)}.`);
  }
  const bias = valuesOr(tensors, spec.bias, outputs, 0);
  const rows = sizeOf(shape) / inputs;
  const output = new Float32Array(rows * outputs);
  const run = (values) => {
    multiply(values, weight.data, output, rows, outputs, inputs);
    for (let i = 0; i < output.length; i++) output[i] += bias[i % outputs];
    return output;
  };
  return { shape: [...shape.slice(0, -1), outputs], run };
}

function buildCondition(spec, tensors, shape) {
  const latentDim = sizeOf(shape);
  const output = new Float32Array(latentDim + spec.classes);
  const run = (code, condition) => {
    if (!(Number.isInteger(condition) && condition >= 0 && condition < spec.classes)) {
      throw new Error(`The decoder takes a class from 0 to ${spec.classes - 1} and is given ${condition}.`);
    }
    output.fill(0);
    output.set(code);
    output[latentDim + condition] = 1;
    return output;
  };
  return { shape: [output.length], run };
}
