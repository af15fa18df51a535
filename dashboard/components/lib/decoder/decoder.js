// A network's forward pass on typed arrays: a latent code in, or an image; and a class where it takes one.
import { ALL as LAYERS } from "./layers/all.js";
import { Products } from "./products.js";
import { sizeOf } from "./tensors.js";

// A file of layers/ builds one kind of layer: build(spec, tensors, shape of the input, products) gives {shape,
// run(input, condition) -> output}. What it multiplies it announces to `products`. Output buffers are made once,
// when it is built, so that decoding under a moving pointer leaves no garbage. The file of the same name in
// aecore/decoder/layers/ describes it.

/**
 * Builds a decoder, or another network that is described as one.
 *
 * @param {Object[]} layers specifications in order, as aecore/decoder describes them, e.g.
 *   {type: "linear", weight: NAME, bias: NAME}.
 * @param {Object<string, import("./safetensors.js").Tensor>} tensors the weights by name, in
 *   PyTorch's shapes, row-major.
 * @param {number|number[]} given length of a latent code, or the shape (c, h, w) of images.
 * @param {Products} [products] where it multiplies: in WebAssembly where it can.
 * @returns {{shape: number[], decode: (code: ArrayLike<number>, condition?: number) => Float32Array}} shape is
 *   that of the output, (c, h, w); decode takes a code, and a class if a layer is of type
 *   "condition", and returns a buffer that the next call overwrites.
 */
export function createDecoder(layers, tensors, given, products = new Products()) {
  let shape = typeof given === "number" ? [given] : given;
  const input = new Float32Array(sizeOf(shape));
  const steps = layers.map((spec) => {
    if (!Object.hasOwn(LAYERS, spec.type)) {
      const known = Object.keys(LAYERS).sort().join(", ");
      throw new Error(`The browser decoder has no layer type "${spec.type}". Known: ${known}.`);
    }
    const step = LAYERS[spec.type](spec, tensors, shape, products);
    shape = step.shape;
    return step;
  });
  products.lay();
  const decode = (code, condition) => {
    if (code.length !== input.length) {
      throw new Error(`A latent code of length ${code.length} was given; the decoder takes ${input.length}.`);
    }
    input.set(code);
    /** @type {Float32Array} */
    let values = input;
    for (const step of steps) values = step.run(values, condition);
    return values;
  };
  return { shape, decode };
}
