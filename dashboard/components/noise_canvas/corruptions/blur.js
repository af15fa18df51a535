// Gaussian blur, edge pixels repeated.

const TRUNCATE = 4;

export function corrupt(image, [h, w, c], level) {
  const whole = Float64Array.from(image);
  if (level <= 0) return whole;
  const kernel = gaussianKernel(level);
  // Down the columns, then along the rows.
  return convolved(convolved(whole, kernel, h, w * c, w * c), kernel, w, c, w * c, h);
}

function gaussianKernel(level) {
  const radius = Math.floor(TRUNCATE * level + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp((-0.5 * (i - radius) ** 2) / level ** 2));
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
}

/** `lines` neighbouring runs of `length` values, `step` apart, in each of `blocks` blocks of `size` values. */
function convolved(values, kernel, length, step, size, blocks = 1) {
  const radius = (kernel.length - 1) / 2;
  const result = new Float64Array(values.length);
  for (let block = 0; block < blocks; block++) {
    for (let line = 0; line < step; line++) {
      const start = block * size + line;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          // Edge pixels repeated.
          const at = Math.min(length - 1, Math.max(0, i + k));
          sum += kernel[k + radius] * values[start + at * step];
        }
        result[start + i * step] = sum;
      }
    }
  }
  return result;
}
