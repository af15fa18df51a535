// Salt-and-pepper noise: pixels set to 1 or 0.

export function corrupt(image, shape, level, { uniform }) {
  return Float64Array.from(image, (v, i) => (uniform[i] > 1 - level / 2 ? 0 : uniform[i] < level / 2 ? 1 : v));
}
