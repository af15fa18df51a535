// Each pixel as a block of pixels.
import { picking } from "../picking.js";
import { expectShape } from "../tensors.js";

export function build(spec, tensors, shape) {
  expectShape(spec, shape, 3);
  const [channels, h, w] = shape;
  const [down, across] = spec.scale;
  return picking([channels, h * down, w * across], (c, y, x) => {
    return (c * h + Math.floor(y / down)) * w + Math.floor(x / across);
  });
}
