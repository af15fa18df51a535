// A black square over a part of the image.

export function corrupt(image, [h, w, c], level, { centre: [y, x] }) {
  const isInside = (i, share, length) => Math.abs(i + 0.5 - share * length) < (level * length) / 2;
  return Float64Array.from(image, (v, i) => {
    const pixel = Math.floor(i / c);
    return isInside(Math.floor(pixel / w), y, h) && isInside(pixel % w, x, w) ? 0 : v;
  });
}
