// An image (c, h, w) as rows (h, channels * width); channels follow one another.
import { picking } from "../picking.js";
import { expectShape } from "../tensors.js";

export function build(spec, tensors, shape) {
  expectShape(spec, shape, 3);
  const [channels, h, w] = shape;
  const { run } = picking([h, channels, w], (row, c, x) => (c * h + row) * w + x);
  return { shape: [h, channels * w], run };
}
