// The axes of an image in another order.
import { picking } from "../picking.js";
import { sizeOf } from "../tensors.js";

export function build(spec, tensors, shape) {
  if (spec.order.length !== shape.length) {
    throw new Error(`permute orders ${spec.order.length} axes, not ${shape.length}.`);
  }
  // Axes that are lacking have one place each, so that all are pictures of three.
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const ordered = spec.order.map((axis) => shape[axis]);
  const lacking = Array(3 - ordered.length).fill(0);
  const steps = [...lacking, ...spec.order.map((axis) => strides[axis])];
  const { run } = picking([...lacking.map(() => 1), ...ordered], (a, b, c) => {
    return a * steps[0] + b * steps[1] + c * steps[2];
  });
  return { shape: ordered, run };
}
