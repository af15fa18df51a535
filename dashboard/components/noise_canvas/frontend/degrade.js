// What can happen to an image, by the formulas of aecore/degradations.py and from the same fields of
// noise. Numbers are float64 until the last line, as there, so that both agree to the last float32.

const TRUNCATE = 4;

/**
 * An image with a kind of noise at a level.
 *
 * @param {Float32Array} image (h, w, c), values in 0..1.
 * @param {number[]} shape [h, w, c].
 * @param {string} kind a name of KINDS in aecore/degradations.py.
 * @param {number} level what that kind's level counts.
 * @param {{normal: Float32Array, uniform: Float32Array}} fields the draw, both (h, w, c).
 * @param {number[]} centre [y, x] of the square, in shares of height and width.
 * @returns {Float32Array} (h, w, c), values in 0..1.
 */
export function degrade(image, shape, kind, level, fields, centre = [0.5, 0.5]) {
  const formula = FORMULAS[kind];
  if (!formula) throw new Error(`There is no noise called "${kind}".`);
  return Float32Array.from(formula(image, level, fields, shape, centre), (v) => Math.min(1, Math.max(0, v)));
}

/** Peak signal-to-noise ratio of two images in 0..1, in dB: higher is better, Infinity where they are equal. */
export function psnr(clean, noisy) {
  let total = 0;
  for (let i = 0; i < clean.length; i++) total += (clean[i] - noisy[i]) ** 2;
  return -10 * Math.log10(total / clean.length);
}

function each(image, value) {
  return Float64Array.from(image, value);
}

const FORMULAS = {
  gaussian: (image, level, { normal }) => each(image, (v, i) => v + level * normal[i]),
  salt_and_pepper: (image, level, { uniform }) =>
    each(image, (v, i) => (uniform[i] > 1 - level / 2 ? 0 : uniform[i] < level / 2 ? 1 : v)),
  masking: (image, level, { uniform }) => each(image, (v, i) => (uniform[i] < level ? 0 : v)),
  speckle: (image, level, { normal }) => each(image, (v, i) => v * (1 + level * normal[i])),
  poisson: (image, level, { uniform }) => each(image, (v, i) => poissonCount(v * level, uniform[i], level) / level),
  square: (image, level, _, shape, centre) => square(image, level, shape, centre),
  blur: (image, level, _, shape) => blur(image, level, shape),
};

/** The smallest count whose Poisson distribution function reaches `draw`. */
function poissonCount(mean, draw, level) {
  // Beyond this lies less than a draw resolves.
  const most = Math.ceil(level + 12 * Math.sqrt(level) + 20);
  let probability = Math.exp(-mean);
  let reached = probability;
  let count = 0;
  while (draw > reached && count < most) {
    count++;
    probability *= mean / count;
    reached += probability;
  }
  return count;
}

function square(image, level, [h, w, c], [y, x]) {
  const isInside = (i, share, length) => Math.abs(i + 0.5 - share * length) < (level * length) / 2;
  return each(image, (v, i) => {
    const pixel = Math.floor(i / c);
    return isInside(Math.floor(pixel / w), y, h) && isInside(pixel % w, x, w) ? 0 : v;
  });
}

function blur(image, level, [h, w, c]) {
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
