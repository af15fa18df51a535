// Poisson noise: the image as a count of few photons.

export function corrupt(image, shape, level, { uniform }) {
  return Float64Array.from(image, (v, i) => poissonCount(v * level, uniform[i], level) / level);
}

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
