// Layers that shift and scale values by their statistics, in place.
import { sizeOf, tensorNamed, valuesOr } from "./tensors.js";

export const NORMALISATIONS = { batch_norm: buildBatchNorm, layer_norm: buildLayerNorm };

// As in evaluation: by the statistics of the training, one pair per channel, the first axis.
function buildBatchNorm(spec, tensors, shape) {
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

function buildLayerNorm(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const inner = weight.shape;
  if (shape.slice(-inner.length).join() !== inner.join()) {
    throw new Error(`layer_norm takes ${inner.join(" x ")} values and is given ${shape.join(" x ")}.`);
  }
  const count = sizeOf(inner);
  const bias = valuesOr(tensors, spec.bias, count, 0);
  const run = (values) => {
    for (let start = 0; start < values.length; start += count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += values[start + i];
      const mean = total / count;
      let squares = 0;
      for (let i = 0; i < count; i++) squares += (values[start + i] - mean) ** 2;
      const scale = 1 / Math.sqrt(squares / count + spec.epsilon);
      for (let i = 0; i < count; i++) {
        values[start + i] = (values[start + i] - mean) * scale * weight.data[i] + bias[i];
      }
    }
    return values;
  };
  return { shape, run };
}
