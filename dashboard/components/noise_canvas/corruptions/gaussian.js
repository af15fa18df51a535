// Gaussian noise, added to every pixel.

export function corrupt(image, shape, level, { normal }) {
  return Float64Array.from(image, (v, i) => v + level * normal[i]);
}
