// How close an image comes to the clean one, as aecore.metrics.reconstruction has it.

const SMALLEST_ERROR = 1e-10;
const WINDOW = 7;
const [K1, K2] = [0.01 ** 2, 0.03 ** 2];

/** Peak signal-to-noise ratio of images with values in 0..1, in dB; 100 for a perfect one. */
export function psnr(clean, image) {
  let total = 0;
  for (let i = 0; i < clean.length; i++) total += (clean[i] - image[i]) ** 2;
  return -10 * Math.log10(Math.max(total / clean.length, SMALLEST_ERROR));
}

/**
 * Structural similarity of images (h, w, c), as scikit-image defines it: uniform windows, sample covariances, the
 * mean over all places where the window lies within the image, and over channels.
 */
export function ssim(clean, image, [h, w, c]) {
  const side = Math.min(WINDOW, h, w);
  const window = side - ((side + 1) % 2);
  const count = window * window;
  const unbiased = window > 1 ? count / (count - 1) : 1;
  let total = 0;
  for (let k = 0; k < c; k++) {
    for (let top = 0; top + window <= h; top++) {
      for (let left = 0; left + window <= w; left++) {
        let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
        for (let row = top; row < top + window; row++) {
          for (let column = left; column < left + window; column++) {
            const at = (row * w + column) * c + k;
            const [a, b] = [clean[at], image[at]];
            x += a;
            y += b;
            xx += a * a;
            yy += b * b;
            xy += a * b;
          }
        }
        x /= count;
        y /= count;
        const [vx, vy, vxy] = [xx / count - x * x, yy / count - y * y, xy / count - x * y].map((v) => v * unbiased);
        total += ((2 * x * y + K1) * (2 * vxy + K2)) / ((x * x + y * y + K1) * (vx + vy + K2));
      }
    }
  }
  return total / (c * (h - window + 1) * (w - window + 1));
}

/** Log-odds of classes and, last, of none of them, as probabilities. */
export function softmax(logits) {
  const most = Math.max(...logits);
  const weights = Array.from(logits, (value) => Math.exp(value - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * What the classifier makes of an image.
 *
 * @param {number[]} probabilities of each class and, last, of none.
 * @returns {{known: ?number, sure: number, nearest: number}} the likeliest class, null where none is likelier.
 */
export function seenIn(probabilities) {
  const none = probabilities.at(-1);
  let nearest = 0;
  for (let k = 1; k < probabilities.length - 1; k++) if (probabilities[k] > probabilities[nearest]) nearest = k;
  const isNone = none > probabilities[nearest];
  return { known: isNone ? null : nearest, sure: isNone ? none : probabilities[nearest], nearest };
}
