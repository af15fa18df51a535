// The losses as the track's background: an area whose height is the loss, in equal steps.

/**
 * @param {(?number)[]} losses of the kept epochs, null where one is not known.
 * @returns {string} an SVG path within 100 x 100, the largest loss at 10, the smallest at 70; empty of fewer than two.
 */
export function lossOutline(losses) {
  const known = losses.flatMap((loss, k) => (loss === null ? [] : [[k, loss]]));
  if (known.length < 2) return "";
  const values = known.map(([, loss]) => loss);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (k) => (100 * k) / (losses.length - 1);
  const y = (loss) => 70 - (60 * (loss - low)) / (high - low || 1);
  const line = known.map(([k, loss]) => `L${x(k).toFixed(2)} ${y(loss).toFixed(2)}`).join("");
  return `M${x(known[0][0]).toFixed(2)} 100${line}L${x(known.at(-1)[0]).toFixed(2)} 100Z`;
}
