// As in evaluation: by the statistics of the training, one pair per channel, the first axis; in place.
import { sizeOf, tensorNamed, valuesOr } from "../tensors.js";

export function build(spec, tensors, shape) {
  const mean = tensorNamed(tensors, spec.mean).data;
  const variance = tensorNamed(tensors, spec.variance).data;
  const channels = mean.length;
  if (shape[0] !== channels) {
    throw new Error(`batch_norm takes ${channels} channels and is given ${shape.join(" x ")}.`);
  }
  const weight = valuesOr(tensors, spec.weight, channels, 1);
  const bias = valuesOr(tensors, spec.bias, channels, 0);
  const area = sizeOf(shape) / channels;
  const scale = Float64Array.from(variance, (value, c) => weight[c] / Math.sqrt(value + spec.epsilon));
  const shift = Float64Array.from(mean, (value, c) => bias[c] - value * scale[c]);
  const run = (values) => {
    for (let c = 0, i = 0; c < channels; c++) {
      for (const end = i + area; i < end; i++) values[i] = values[i] * scale[c] + shift[c];
    }
    return values;
  };
  return { shape, run };
}
