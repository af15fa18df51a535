// The middle of an image; an odd rest goes off the end.
import { picking } from "../picking.js";
import { expectShape } from "../tensors.js";

export function build(spec, tensors, shape) {
  expectShape(spec, shape, 3);
  const [channels, h, w] = shape;
  if (spec.height > h || spec.width > w) {
    throw new Error(`crop cannot cut ${spec.height} x ${spec.width} out of ${h} x ${w}.`);
  }
  const top = Math.floor((h - spec.height) / 2);
  const left = Math.floor((w - spec.width) / 2);
  return picking([channels, spec.height, spec.width], (c, y, x) => (c * h + top + y) * w + left + x);
}
