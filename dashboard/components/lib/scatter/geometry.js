// Plane geometry: the view (centre and width in latent units) to pixels and back, zooming, ticks.

// Numbers of a window: twice single precision's largest, with a margin; and how narrow it may be beside where
// it stands, so that doubles tell its pixels apart. `dashboard/link.py` holds a link to the same.
export const LARGEST = 1e40;
export const NARROWEST = 1e-9;

/** The least width of a window around (cx, cy). */
export function leastWidth(cx, cy) {
  return NARROWEST * Math.max(1, Math.abs(cx), Math.abs(cy));
}

/** The same window, kept within what numbers can show. */
export function boundedView({ cx, cy, width }) {
  const within = (value) => Math.min(Math.max(value, -LARGEST), LARGEST);
  const [x, y] = [within(cx), within(cy)];
  return { cx: x, cy: y, width: Math.min(Math.max(width, leastWidth(x, y)), LARGEST) };
}

/**
 * A view is {cx, cy, width}: the latent position at the middle of the plane, and how many latent
 * units its width covers. A size is {width, height} in CSS pixels. One scale holds for both axes,
 * so that a circle in latent space is a circle on the screen.
 *
 * @returns {[number, number]}
 */
export function toScreen(view, size, x, y) {
  const scale = size.width / view.width;
  return [size.width / 2 + (x - view.cx) * scale, size.height / 2 - (y - view.cy) * scale];
}

/**
 * The inverse of toScreen.
 *
 * @returns {[number, number]}
 */
export function toLatent(view, size, px, py) {
  const scale = size.width / view.width;
  return [view.cx + (px - size.width / 2) / scale, view.cy - (py - size.height / 2) / scale];
}

// A window that a person chose is told, in a link and from plane to plane, by what the shorter side covers: on a plane
// of another shape, as on the whole screen, nothing of it is lost.

/** A view as a plane of this size shows what was told. */
export function asShown(view, size) {
  return { ...view, width: view.width * wider(size) };
}

/** The inverse of asShown. */
export function asTold(view, size) {
  return { ...view, width: view.width / wider(size) };
}

function wider({ width, height }) {
  return Math.max(1, width / height);
}

// From the plane's edge to the middle of an arrow that points at what lies beyond it, CSS px.
const ARROW_INSET = 12;

/**
 * Where an arrow stands that points from the plane's middle at a place (x, y) beyond its edge.
 *
 * @returns {?{x: number, y: number, angle: number}} CSS px, and radians clockwise from the right; null of a place within.
 */
export function beyond(view, size, x, y) {
  const [px, py] = toScreen(view, size, x, y);
  if (px >= 0 && py >= 0 && px <= size.width && py <= size.height) return null;
  const [halfWidth, halfHeight] = [size.width / 2, size.height / 2];
  const [dx, dy] = [px - halfWidth, py - halfHeight];
  const share = Math.min((halfWidth - ARROW_INSET) / Math.abs(dx), (halfHeight - ARROW_INSET) / Math.abs(dy));
  return { x: halfWidth + share * dx, y: halfHeight + share * dy, angle: Math.atan2(dy, dx) };
}

/** The latent rectangle that a view covers: {left, right, bottom, top}. */
export function visibleBox(view, size) {
  const halfWidth = view.width / 2;
  const halfHeight = (halfWidth * size.height) / size.width;
  return {
    left: view.cx - halfWidth,
    right: view.cx + halfWidth,
    bottom: view.cy - halfHeight,
    top: view.cy + halfHeight,
  };
}

/** The view that shows the ranges [low, high] of both axes with a margin of 6 % on each side. */
export function fitView(xRange, yRange, size) {
  const [cx, cy] = [xRange, yRange].map(([low, high]) => low + (high - low) / 2);
  // Codes in one place still have a window: as wide as single precision tells apart there.
  const least = 1e-6 * Math.max(1, Math.abs(cx), Math.abs(cy));
  const [spanX, spanY] = [xRange, yRange].map(([low, high]) => Math.max(high - low, least) * 1.12);
  return boundedView({ cx, cy, width: Math.max(spanX, (spanY * size.width) / size.height) });
}

/** Zooms by `factor` (above 1 is closer) so that the latent position under (px, py) stays there. */
export function zoomAt(view, size, px, py, factor, limits) {
  const [x, y] = toLatent(view, size, px, py);
  const width = Math.min(Math.max(view.width / factor, limits.min, leastWidth(view.cx, view.cy)), limits.max);
  const ratio = width / view.width;
  return boundedView({ cx: x + (view.cx - x) * ratio, cy: y + (view.cy - y) * ratio, width });
}

/** Moves the view so that what was under the pointer stays under it after (dx, dy) pixels. */
export function panBy(view, size, dx, dy) {
  const scale = size.width / view.width;
  return boundedView({ ...view, cx: view.cx - dx / scale, cy: view.cy + dy / scale });
}

/** Lowest and highest value in column `dim` of the flat (n, d) codes; [0, 0] where dim is -1. */
export function columnRange(codes, d, dim) {
  if (dim < 0 || codes.length === 0) return [0, 0];
  let low = Infinity;
  let high = -Infinity;
  for (let i = dim; i < codes.length; i += d) {
    const value = codes[i];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The range of column `dim` that leaves out `share` of the values, half of them at each end. */
export function columnSpread(codes, d, dim, share) {
  if (dim < 0 || codes.length === 0) return [0, 0];
  const values = Float32Array.from({ length: codes.length / d }, (_, i) => codes[i * d + dim]).sort();
  const cut = Math.floor((share / 2) * values.length);
  return [values[cut], values[values.length - 1 - cut]];
}

// One code in a hundred may lie outside the first window, where that enlarges the others by a third.
const FAR_SHARE = 0.01;
const WORTH_CUTTING = 1.33;

/** The ranges [x, y] of all positions (n, 2), and of nearly all: {all, most}. */
export function reach(positions) {
  return {
    all: [0, 1].map((k) => columnRange(positions, 2, k)),
    most: [0, 1].map((k) => columnSpread(positions, 2, k, FAR_SHARE)),
  };
}

/** Those of the two ranges to open with: nearly all where a few far positions would shrink the rest. */
export function openingRanges({ all, most }, size) {
  return fitView(...all, size).width > WORTH_CUTTING * fitView(...most, size).width ? most : all;
}

// Codes that lie closer together than this share of the prior's standard deviation, or of how far they lie from 0,
// are one point and noise: no window makes a picture of that.
const LEAST_OF_PRIOR = 1;
const LEAST_OF_PLACE = 1e-3;

export const NOISE = "All codes lie in nearly one place: they say next to nothing about the images.";

/** How wide the codes must reach on one axis at least to be more than noise. */
export function leastReach([x, y], hasPrior) {
  return hasPrior ? LEAST_OF_PRIOR : LEAST_OF_PLACE * Math.max(...x.map(Math.abs), ...y.map(Math.abs));
}

/** Whether all that lies in the two ranges is noise around one point. */
export function isNoise(ranges, hasPrior) {
  return ranges.every(([low, high]) => high - low < leastReach(ranges, hasPrior));
}

/** The two ranges, widened where they would enlarge noise. */
export function overNoise(ranges, hasPrior) {
  if (!isNoise(ranges, hasPrior)) return ranges;
  const half = leastReach(ranges, hasPrior) / 2;
  return ranges.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}

/** The two columns of the flat (n, d) codes with the largest variance, in order. */
export function widestAxes(codes, d) {
  const means = columnMeans(codes, d);
  const spread = new Float64Array(d);
  for (let i = 0; i < codes.length; i++) spread[i % d] += (codes[i] - means[i % d]) ** 2;
  const ranked = Array.from(spread.keys()).sort((a, b) => spread[b] - spread[a]);
  return ranked.slice(0, 2).sort((a, b) => a - b);
}

/** Mean of every column of the flat (n, d) codes. */
export function columnMeans(codes, d) {
  const means = new Float64Array(d);
  for (let i = 0; i < codes.length; i++) means[i % d] += codes[i];
  const n = Math.max(codes.length / d, 1);
  return means.map((total) => total / n);
}

/** Positions (n, 2) on the plane; axis -1, the missing second axis of a one-dimensional code, is 0. */
export function planePositions(codes, d, [horizontal, vertical]) {
  const n = codes.length / d;
  const positions = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    positions[2 * i] = codes[i * d + horizontal];
    positions[2 * i + 1] = vertical < 0 ? 0 : codes[i * d + vertical];
  }
  return positions;
}

/** Whether a position lies inside the box, its edge included. */
export function isInside(box, x, y) {
  return x >= box.left && x <= box.right && y >= box.bottom && y <= box.top;
}

/** How many positions (n, 2) lie inside the box. */
export function countInside(positions, box) {
  let count = 0;
  for (let i = 0; i < positions.length; i += 2) {
    if (isInside(box, positions[i], positions[i + 1])) count++;
  }
  return count;
}

/**
 * Round values (steps of 1, 2 or 5) between low and high, about `wanted` of them; none where doubles do not
 * tell one from the next.
 *
 * @returns {{value: number, label: string}[]}
 */
export function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(wanted, 1);
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (!(rough > 4 * Number.EPSILON * largest) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((candidate) => candidate >= rough * 0.999);
  if (!step) return [];
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const label = tickLabels(largest, step);
  return Array.from({ length: count }, (_, k) => ({ value: (first + k) * step, label: label((first + k) * step) }));
}

// Beyond these a number is written with a power of ten.
const LONGEST_PLAIN = 1e6;
const SHORTEST_STEP = 1e-4;

/** How the ticks of an axis up to `largest` are written: every step of it, and not a digit more. */
function tickLabels(largest, step) {
  const place = Math.floor(Math.log10(step) + 1e-9);
  const text = (value) => {
    if (Math.abs(value) < step / 2) return "0";
    if (largest < LONGEST_PLAIN && step >= SHORTEST_STEP) return value.toFixed(Math.max(0, -place));
    const digits = Math.floor(Math.log10(Math.abs(value)) + 1e-9) - place;
    return value.toExponential(Math.min(Math.max(digits, 0), 20)).replace("e+", "e");
  };
  return (value) => text(value).replaceAll("-", "\u2212");
}

/**
 * Dot size (CSS px) and opacity for `count` dots spread over `area` square px: large and opaque
 * when few are in view, small and translucent when many overlap.
 */
export function dotStyle(count, area) {
  const spacing = Math.sqrt(area / Math.max(count, 1));
  return {
    size: Math.min(9, Math.max(2.2, 0.62 * spacing)),
    opacity: Math.min(0.9, Math.max(0.45, 0.3 + 0.07 * spacing)),
  };
}

/**
 * Top left corner for a card beside the pointer: never over it, never outside the plane.
 *
 * @returns {?number[]} null where no side has room.
 */
export function placeCard(pointer, card, plane, gap = 18) {
  const clamp = (value, high) => Math.min(Math.max(value, 4), Math.max(high - 4, 4));
  const besideTop = clamp(pointer.y - card.height / 2, plane.height - card.height);
  if (pointer.x + gap + card.width <= plane.width - 4) return [pointer.x + gap, besideTop];
  if (pointer.x - gap - card.width >= 4) return [pointer.x - gap - card.width, besideTop];
  const overLeft = clamp(pointer.x - card.width / 2, plane.width - card.width);
  if (pointer.y - gap - card.height >= 4) return [overLeft, pointer.y - gap - card.height];
  if (pointer.y + gap + card.height <= plane.height - 4) return [overLeft, pointer.y + gap];
  return null;
}
