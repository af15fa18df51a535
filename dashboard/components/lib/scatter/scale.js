// A scale of colours for numbers: told apart in every kind of colour vision, on light and on dark pages. Touches no page.

// Viridis (van der Walt and Smith, 2015), at every tenth; its lightness rises evenly.
const VIRIDIS = ["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70", "#7ad151", "#bddf26", "#fde725"];
// What stands out is a large number: dark on light, light on dark. The end that a page's background would swallow is cut.
const [LIGHT_FROM, LIGHT_TO] = [8, 0];
const [DARK_FROM, DARK_TO] = [1.5, 10];
const BELOW = 0.01;

/**
 * The colour of a share of the scale.
 *
 * @param {number} share 0 to 1. @param {boolean} isDark whether the page is.
 * @returns {number[]} [r, g, b], 0 to 255.
 */
export function scaleColour(share, isDark) {
  const [from, to] = isDark ? [DARK_FROM, DARK_TO] : [LIGHT_FROM, LIGHT_TO];
  const at = from + (to - from) * Math.min(Math.max(share, 0), 1);
  const k = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const [a, b] = [VIRIDIS[k], VIRIDIS[k + 1]].map((hex) => [1, 3, 5].map((c) => parseInt(hex.slice(c, c + 2), 16)));
  return a.map((part, c) => Math.round(part + (b[c] - part) * (at - k)));
}

/** What stands for a number that is not known, on light and on dark pages, as [r, g, b]. */
export const UNKNOWN = [128, 128, 128];

/**
 * The numbers that the scale's ends stand for: all but one in a hundred at either end lie between.
 *
 * @param {ArrayLike<number>} values NaN where it is not known.
 * @returns {?{low: number, high: number, isCutBelow: boolean, isCutAbove: boolean}} whether some lie beyond; null
 *   where none is known.
 */
export function scaleEnds(values) {
  const sorted = Float64Array.from(values).filter((value) => !Number.isNaN(value)).sort();
  if (!sorted.length) return null;
  const cut = Math.floor(BELOW * sorted.length);
  const [low, high] = [sorted[cut], sorted[sorted.length - 1 - cut]];
  return { low, high, isCutBelow: sorted[0] < low, isCutAbove: sorted.at(-1) > high };
}

/** A colour for every value, as bytes (n, 3). @param {ArrayLike<number>} values @param {{low: number, high: number}} ends */
export function coloursOf(values, { low, high }, isDark) {
  const table = Array.from({ length: 256 }, (_, k) => scaleColour(k / 255, isDark));
  const bytes = new Uint8Array(3 * values.length);
  const span = high - low || 1;
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(Math.max((values[i] - low) / span, 0), 1);
    bytes.set(Number.isNaN(share) ? UNKNOWN : table[Math.round(255 * share)], 3 * i);
  }
  return bytes;
}

/** A number of a column as text: as fine as a hundredth of the scale, so that years stay years. */
export function placedText(value, { low, high }) {
  const span = high - low || Math.abs(low) || 1;
  const digits = Math.min(Math.max(Math.ceil(2 - Math.log10(span)), 0), 20);
  return String(Number(value.toFixed(digits))).replace("-", "−");
}

/** A number of the scale as text: three digits that count. */
export function scaleText(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}
