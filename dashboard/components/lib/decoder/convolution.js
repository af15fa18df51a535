// Layers on images (c, h, w): convolutions as one product each, pooling, enlarging, cropping.
import { expectShape, multiply, sizeOf, tensorNamed, valuesOr } from "./tensors.js";

export const IMAGE_LAYERS = {
  conv2d: buildConvolution,
  conv_transpose2d: buildTransposed,
  max_pool2d: pooling((values, base, at, from, to) => {
    let most = -Infinity;
    for (let k = from; k < to; k++) most = Math.max(most, values[base + at[k]]);
    return most;
  }),
  avg_pool2d: pooling((values, base, at, from, to) => {
    let total = 0;
    for (let k = from; k < to; k++) total += values[base + at[k]];
    return total / (to - from);
  }),
  upsample: buildUpsample,
  crop: buildCrop,
};

/**
 * Where the windows of a convolution lie: for every place of the small grid and every tap of the
 * kernel the index into the large grid, or -1 outside it. A convolution goes from the large grid to
 * the small one, a transposed convolution the other way.
 */
function windowPlaces(small, large, kernel, stride, padding) {
  const places = new Int32Array(small[0] * small[1] * kernel[0] * kernel[1]);
  let next = 0;
  for (let i = 0; i < small[0]; i++) {
    for (let j = 0; j < small[1]; j++) {
      for (let u = 0; u < kernel[0]; u++) {
        for (let v = 0; v < kernel[1]; v++) {
          const y = i * stride[0] - padding[0] + u;
          const x = j * stride[1] - padding[1] + v;
          const isInside = y >= 0 && y < large[0] && x >= 0 && x < large[1];
          places[next++] = isInside ? y * large[1] + x : -1;
        }
      }
    }
  }
  return places;
}

/** How many windows fit along each side. */
function windowCount(large, kernel, stride, padding) {
  return [0, 1].map((k) => Math.floor((large[k] + 2 * padding[k] - kernel[k]) / stride[k]) + 1);
}

function buildConvolution(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [maps, channels, ...kernel] = weight.shape;
  expectShape(spec, shape, 3, channels);
  const large = shape.slice(1);
  const small = windowCount(large, kernel, spec.stride, spec.padding);
  const places = windowPlaces(small, large, kernel, spec.stride, spec.padding);
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const bias = valuesOr(tensors, spec.bias, maps, 0);
  const depth = channels * taps;
  const patches = new Float32Array(count * depth);
  const output = new Float32Array(maps * count);
  const run = (values) => {
    for (let p = 0; p < count; p++) {
      for (let c = 0; c < channels; c++) {
        const to = p * depth + c * taps;
        for (let t = 0; t < taps; t++) {
          const at = places[p * taps + t];
          if (at >= 0) patches[to + t] = values[c * area + at];
        }
      }
    }
    multiply(weight.data, patches, output, maps, count, depth);
    for (let m = 0; m < maps; m++) {
      for (let p = 0; p < count; p++) output[m * count + p] += bias[m];
    }
    return output;
  };
  return { shape: [maps, ...small], run };
}

function buildTransposed(spec, tensors, shape) {
  const weight = tensorNamed(tensors, spec.weight);
  const [channels, maps, ...kernel] = weight.shape;
  expectShape(spec, shape, 3, channels);
  const { stride, padding, output_padding: rest } = spec;
  const small = shape.slice(1);
  const large = small.map((length, k) => (length - 1) * stride[k] - 2 * padding[k] + kernel[k] + rest[k]);
  const places = windowPlaces(small, large, kernel, stride, padding);
  const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const bias = valuesOr(tensors, spec.bias, maps, 0);
  const weights = transposed(weight.data, channels, maps * taps, new Float32Array(weight.data.length));
  const pixels = new Float32Array(count * channels);
  const parts = new Float32Array(count * maps * taps);
  const output = new Float32Array(maps * area);
  const run = (values) => {
    multiply(transposed(values, channels, count, pixels), weights, parts, count, maps * taps, channels);
    for (let m = 0; m < maps; m++) output.fill(bias[m], m * area, (m + 1) * area);
    for (let p = 0; p < count; p++) {
      for (let m = 0; m < maps; m++) {
        const from = (p * maps + m) * taps;
        for (let t = 0; t < taps; t++) {
          const at = places[p * taps + t];
          if (at >= 0) output[m * area + at] += parts[from + t];
        }
      }
    }
    return output;
  };
  return { shape: [maps, ...large], run };
}

function transposed(values, rows, columns, out) {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c];
  }
  return out;
}

function pooling(summary) {
  return (spec, tensors, shape) => {
    expectShape(spec, shape, 3);
    const [channels, ...large] = shape;
    const small = windowCount(large, spec.kernel, spec.stride, [0, 0]);
    const places = windowPlaces(small, large, spec.kernel, spec.stride, [0, 0]);
    const [count, area, taps] = [sizeOf(small), sizeOf(large), sizeOf(spec.kernel)];
    const output = new Float32Array(channels * count);
    const run = (values) => {
      for (let c = 0; c < channels; c++) {
        for (let p = 0; p < count; p++) {
          output[c * count + p] = summary(values, c * area, places, p * taps, (p + 1) * taps);
        }
      }
      return output;
    };
    return { shape: [channels, ...small], run };
  };
}

function buildUpsample(spec, tensors, shape) {
  expectShape(spec, shape, 3);
  const [channels, h, w] = shape;
  const [down, across] = spec.scale;
  return picking([channels, h * down, w * across], (c, y, x) => {
    return (c * h + Math.floor(y / down)) * w + Math.floor(x / across);
  });
}

function buildCrop(spec, tensors, shape) {
  expectShape(spec, shape, 3);
  const [channels, h, w] = shape;
  if (spec.height > h || spec.width > w) {
    throw new Error(`crop cannot cut ${spec.height} x ${spec.width} out of ${h} x ${w}.`);
  }
  const top = Math.floor((h - spec.height) / 2);
  const left = Math.floor((w - spec.width) / 2);
  return picking([channels, spec.height, spec.width], (c, y, x) => (c * h + top + y) * w + left + x);
}

/** A layer whose every output is one of its inputs: `from` says which. */
export function picking(shape, from) {
  const [channels, h, w] = shape;
  const source = new Int32Array(channels * h * w);
  for (let i = 0; i < source.length; i++) {
    source[i] = from(Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w);
  }
  const output = new Float32Array(source.length);
  const run = (values) => {
    for (let i = 0; i < source.length; i++) output[i] = values[source[i]];
    return output;
  };
  return { shape, run };
}
