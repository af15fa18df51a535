// Rows (h, channels * width) put together to an image; channels follow one another.
import { picking } from "../picking.js";
import { expectShape } from "../tensors.js";

export function build(spec, tensors, shape) {
  const { channels, width } = spec;
  expectShape(spec, shape, 2);
  if (shape[1] !== channels * width) {
    throw new Error(`rows_to_image takes rows of ${channels * width} values and is given ${shape[1]}.`);
  }
  return picking([channels, shape[0], width], (c, row, x) => (row * channels + c) * width + x);
}
