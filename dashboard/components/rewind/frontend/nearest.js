// Which dot is nearest while all of them move: a search of all, for an index would be out of date each frame.

/**
 * The nearest accepted position within `radius` of (x, y), or -1.
 *
 * @param {Float32Array} positions (n, 2), flat.
 * @param {(i: number) => boolean} accepts by index; hidden classes are refused here.
 */
export function nearestDot(positions, x, y, radius, accepts) {
  let best = -1;
  let bestSquared = radius * radius;
  for (let i = 0; i < positions.length; i += 2) {
    const squared = (positions[i] - x) ** 2 + (positions[i + 1] - y) ** 2;
    if (squared > bestSquared || !accepts(i / 2)) continue;
    best = i / 2;
    bestSquared = squared;
  }
  return best;
}
