// Zeros around an image.
import { expectShape } from "../tensors.js";

export function build(spec, tensors, shape) {
  expectShape(spec, shape, 3);
  const [channels, h, w] = shape;
  const [height, width] = [h + spec.top + spec.bottom, w + spec.left + spec.right];
  const output = new Float32Array(channels * height * width);
  const run = (values) => {
    // The layer behind may have changed it in place.
    output.fill(0);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < h; y++) {
        const from = (c * h + y) * w;
        output.set(values.subarray(from, from + w), (c * height + y + spec.top) * width + spec.left);
      }
    }
    return output;
  };
  return { shape: [channels, height, width], run };
}
