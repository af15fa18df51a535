// The plane's frame: grid lines, tick labels, axis names, and the prior's circles.
import { resizeBacking } from "./points.js";
import { ticks, toScreen, visibleBox } from "./geometry.js";

/** Room around the plane, CSS px, for ticks and names: of a plane by itself, of a small one, of a projection. */
export const GUTTER = { left: 44, right: 8, top: 8, bottom: 36 };
export const SMALL_GUTTER = { left: 36, right: 4, top: 4, bottom: 32 };
export const BARE_GUTTER = { left: 4, right: 4, top: 4, bottom: 8 };

const FEWEST_TICKS = 4;
// What a vertical axis' name, its edge and the gap of its ticks take of a gutter.
const NAME_ROOM = 26;

/**
 * Draws what lies beneath the dots: the frame in the gutters, and the grid and more inside the plane.
 *
 * @param {HTMLCanvasElement} canvas as large as the plane and its gutters.
 * @param {?string[]} names of the axes, the second empty where there is one only; null for no axes at all.
 * @param {function(CanvasRenderingContext2D): void} within draws over the grid, clipped to the plane.
 */
export function drawBeneath(canvas, view, size, theme, names, gutter, within = () => {}) {
  const outer = {
    width: size.width + gutter.left + gutter.right,
    height: size.height + gutter.top + gutter.bottom,
    ratio: size.ratio,
  };
  resizeBacking(canvas, outer);
  // Kept off the graphics card: the page then paints it once with its own background, where a
  // layer of its own would be blended again at every frame, and the pointer would wait for it.
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  pen.clearRect(0, 0, outer.width, outer.height);
  pen.translate(gutter.left, gutter.top);
  if (names) drawFrame(pen, view, size, theme, names, gutter);
  // Save and restore: a clip would otherwise hold for the next draw.
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, size.width, size.height);
  pen.clip();
  if (names) drawGrid(pen, view, size, theme);
  within(pen);
  pen.restore();
}

/** Faint lines at the ticks, beneath the dots. */
export function drawGrid(pen, view, size, colours) {
  const { vertical, horizontal } = tickPositions(view, size);
  pen.strokeStyle = colours.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const { at } of horizontal) {
    pen.moveTo(Math.round(at) + 0.5, 0);
    pen.lineTo(Math.round(at) + 0.5, size.height);
  }
  for (const { at } of vertical) {
    pen.moveTo(0, Math.round(at) + 0.5);
    pen.lineTo(size.width, Math.round(at) + 0.5);
  }
  pen.stroke();
}

/** Tick labels and axis names in the gutters; the pen's origin is the plane's top left corner. */
export function drawFrame(pen, view, size, colours, names, gutter) {
  const { vertical, horizontal } = tickPositions(view, size);
  pen.font = `12px ${colours.font}`;
  pen.fillStyle = colours.faintText;
  pen.textBaseline = "top";
  pen.textAlign = "center";
  for (const { at, label } of horizontal) {
    if (at >= 12 && at <= size.width - 12) pen.fillText(label, at, size.height + 6);
  }
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  if (names[1]) {
    for (const { at, label } of vertical) {
      // The axis' name stands in the middle of the same gutter: a long number there would run into it.
      const isOnName = Math.abs(at - size.height / 2) < 14 && pen.measureText(label).width > gutter.left - NAME_ROOM;
      if (at >= 6 && at <= size.height - 6 && !isOnName) pen.fillText(label, -8, at);
    }
  }
  pen.font = `600 13px ${colours.font}`;
  pen.fillStyle = colours.text;
  pen.textAlign = "center";
  pen.textBaseline = "bottom";
  pen.fillText(names[0], size.width / 2, size.height + gutter.bottom);
  if (!names[1]) return;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(names[1], -gutter.left + 2, size.height / 2);
}

/** Circles at 1, 2 and 3 standard deviations of the standard normal prior, labelled. */
export function drawPrior(pen, view, size, colours) {
  const [x, y] = toScreen(view, size, 0, 0);
  const scale = size.width / view.width;
  pen.font = `600 12px ${colours.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const sigma of [1, 2, 3]) {
    // A halo in the page's colour keeps the line legible over dots of any colour.
    for (const [colour, width] of [[colours.halo, 4], [colours.text, 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(x, y, sigma * scale, 0, 2 * Math.PI);
      pen.stroke();
    }
    const label = `${sigma}σ`;
    const [labelX, labelY] = [x + sigma * scale * Math.SQRT1_2, y - sigma * scale * Math.SQRT1_2];
    pen.lineWidth = 4;
    pen.strokeStyle = colours.background;
    pen.strokeText(label, labelX, labelY);
    pen.fillStyle = colours.text;
    pen.fillText(label, labelX, labelY);
  }
}

/** Samples of a prior that has no circles, as a faint cloud; positions (m, 2), flat. */
export function drawPriorSamples(pen, view, size, colours, positions) {
  pen.fillStyle = colours.faintText;
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = toScreen(view, size, positions[i], positions[i + 1]);
    pen.fillRect(x - 1, y - 1, 2, 2);
  }
}

function tickPositions(view, size) {
  const box = visibleBox(view, size);
  return {
    horizontal: ticks(box.left, box.right, Math.max(size.width / 90, FEWEST_TICKS)).map(({ value, label }) => ({
      at: toScreen(view, size, value, 0)[0],
      label,
    })),
    vertical: ticks(box.bottom, box.top, Math.max(size.height / 80, FEWEST_TICKS)).map(({ value, label }) => ({
      at: toScreen(view, size, 0, value)[1],
      label,
    })),
  };
}
