// Masking noise: missing pixels.

export function corrupt(image, shape, level, { uniform }) {
  return Float64Array.from(image, (v, i) => (uniform[i] < level ? 0 : v));
}
