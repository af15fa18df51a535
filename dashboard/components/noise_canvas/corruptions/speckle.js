// Speckle noise, which grows with the pixel.

export function corrupt(image, shape, level, { normal }) {
  return Float64Array.from(image, (v, i) => v * (1 + level * normal[i]));
}
