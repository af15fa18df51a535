// The plane's frame: grid lines, tick labels, axis names, and the prior's circles.
import { resizeBacking } from "./points.js";
import { ticks, toScreen, visibleBox } from "./geometry.js";

/** Room around the plane, CSS px, for ticks and names: of a plane by itself, and of a projection. */
export const GUTTER = { left: 44, right: 8, top: 4, bottom: 32 };
/** None: ticks and names stand within the plane. */
export const INNER_GUTTER = { left: 0, right: 0, top: 0, bottom: 0 };
export const BARE_GUTTER = { left: 4, right: 4, top: 4, bottom: 8 };

const FEWEST_TICKS = 4;
// What a vertical axis' name, its edge and the gap of its ticks take of a gutter.
const NAME_ROOM = 26;
const NAME_HEIGHT = 16;
const TEXT_HEIGHT = 12;
// From the plane to a vertical axis' labels, from a label to the canvas' edge, and to the next label.
const TICK_GAP = 8;
const EDGE = 2;
const LABEL_GAP = 6;
// Of numbers and names within the plane: from its edge, what a name's corner takes of each axis, and how far from the
// lower edge nothing of them is left.
const INSET = 4;
const CORNER = 24;
const INNER_ROOM = 22;

/**
 * Draws what lies beneath the dots: the frame in the gutters, and the grid and more inside the plane.
 *
 * @param {HTMLCanvasElement} canvas as large as the plane and its gutters.
 * @param {?string[]} names of the axes, the second empty where there is one only; null for no axes at all.
 * @param {(pen: CanvasRenderingContext2D) => void} within draws over the grid, clipped to the plane.
 * @returns {{left: number, bottom: number}} CSS px that numbers and names take within the plane, from these edges.
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
  const taken = names ? drawFrame(pen, view, size, theme, names, gutter) : { left: 0, bottom: 0 };
  // Save and restore: a clip would otherwise hold for the next draw.
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, size.width, size.height);
  pen.clip();
  if (names) drawGrid(pen, view, size, theme);
  within(pen);
  pen.restore();
  return taken;
}

/** Words on a plane keep clear of what its numbers and names take. */
export function keepClear(root, { left, bottom }) {
  root.style.setProperty("--taken-left", `${left}px`);
  root.style.setProperty("--taken-bottom", `${bottom}px`);
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

/** Tick labels and axis names; the pen's origin is the plane's top left corner. Returns what they take within it. */
export function drawFrame(pen, view, size, colours, names, gutter) {
  pen.font = `12px ${colours.font}`;
  pen.fillStyle = colours.faintText;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const widthOf = (text) => pen.measureText(text).width;
  const { labels, nameAt } = tickLabels(view, size, names, gutter, widthOf);
  for (const { text, x, y, isTurned } of labels) {
    pen.save();
    pen.translate(x, y);
    if (isTurned) pen.rotate(-Math.PI / 2);
    pen.fillText(text, 0, 0);
    pen.restore();
  }
  pen.font = `600 13px ${colours.font}`;
  pen.fillStyle = colours.text;
  pen.textBaseline = "bottom";
  const isInner = gutter === INNER_GUTTER;
  pen.textAlign = isInner ? "right" : "center";
  pen.fillText(names[0], isInner ? size.width - INSET : size.width / 2, size.height + (isInner ? -INSET : gutter.bottom));
  if (names[1]) {
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillText(names[1], isInner ? INSET : -gutter.left + EDGE, nameAt);
  }
  if (!isInner) return { left: 0, bottom: 0 };
  const ends = labels.filter(({ axis }) => axis === 1).map(({ x }) => 2 * x - INSET);
  return { left: Math.ceil(Math.max(CORNER, ...ends)) + INSET, bottom: INNER_ROOM };
}

/**
 * Where every tick label stands, and the vertical axis' name: none is cut by the canvas or lies on another.
 *
 * @param {(text: string) => number} widthOf a text's width in CSS px.
 * @returns {{labels: {text: string, x: number, y: number, isTurned: boolean, axis: number}[], nameAt: number}}
 *   labels by their middles, a turned one runs upwards; the name's height on the plane.
 */
export function tickLabels(view, size, names, gutter, widthOf) {
  const { vertical, horizontal } = tickPositions(view, size);
  if (gutter === INNER_GUTTER) return innerLabels({ vertical, horizontal }, size, names, widthOf);
  const across = spaced(horizontal, widthOf, -gutter.left + EDGE, size.width + gutter.right - EDGE);
  const labels = across
    .filter(({ at }) => at >= 0 && at <= size.width)
    .map(({ text, at }) => ({ text, x: at, y: size.height + 6 + TEXT_HEIGHT / 2, isTurned: false, axis: 0 }));
  if (!names[1]) return { labels, nameAt: size.height / 2 };
  // A number wider than the gutter would lose its sign or its first digits: the axis' labels then run along it.
  const isTurned = vertical.some(({ text }) => widthOf(text) > gutter.left - TICK_GAP - EDGE);
  const extent = isTurned ? widthOf : () => TEXT_HEIGHT;
  const upright = spaced(vertical, extent, 0, size.height).map((mark) => ({ ...mark, room: isTurned ? TEXT_HEIGHT : widthOf(mark.text) }));
  for (const { text, at, room } of upright) labels.push({ text, x: -TICK_GAP - room / 2, y: at, isTurned, axis: 1 });
  // The axis' name stands in the same gutter: what reaches that far would run into it.
  const inTheWay = upright.filter(({ room }) => room > gutter.left - NAME_ROOM);
  return { labels, nameAt: freePlace(inTheWay, extent, size.height) };
}

/** Within the plane, along its left and lower edge; the names have the corners at the edges' ends. */
function innerLabels({ vertical, horizontal }, size, names, widthOf) {
  const y = size.height - INSET - TEXT_HEIGHT / 2;
  const labels = spaced(horizontal, widthOf, INSET, size.width - CORNER).map(({ text, at }) => ({ text, x: at, y, isTurned: false, axis: 0 }));
  const upright = names[1] ? spaced(vertical, () => TEXT_HEIGHT, CORNER, size.height - CORNER) : [];
  for (const { text, at } of upright) labels.push({ text, x: INSET + widthOf(text) / 2, y: at, isTurned: false, axis: 1 });
  return { labels, nameAt: INSET + NAME_HEIGHT / 2 };
}

/** The height nearest to the middle where the vertical axis' name meets none of the labels. */
function freePlace(labels, extent, height) {
  const apart = ({ text }) => (extent(text) + NAME_HEIGHT) / 2;
  const free = (y) => labels.every((label) => Math.abs(label.at - y) >= apart(label));
  const beside = labels.flatMap((label) => [label.at - apart(label), label.at + apart(label)]);
  const places = [height / 2, ...beside].filter((y) => y >= NAME_HEIGHT / 2 && y <= height - NAME_HEIGHT / 2 && free(y));
  return places.sort((a, b) => Math.abs(a - height / 2) - Math.abs(b - height / 2))[0] ?? height / 2;
}

/** Those that lie within [low, high] and do not touch the one before. */
function spaced(marks, extent, low, high) {
  let end = -Infinity;
  return [...marks].sort((a, b) => a.at - b.at).filter(({ text, at }) => {
    const half = extent(text) / 2;
    if (at - half < Math.max(low, end + LABEL_GAP) || at + half > high) return false;
    end = at + half;
    return true;
  });
}

// Dashes and gaps of what a model was not trained towards, and the room that a label of a circle takes.
const DASHES = [7, 5];
const LABEL_ROOM = 22;
// Above the axis' numbers, and above a sentence over them.
const LOWEST_LABEL = 56;
const FOREIGN = "N(0, I), not used in training";

/**
 * Circles at 1, 2 and 3 standard deviations of N(0, I), labelled.
 *
 * @param {boolean} [isForeign] whether it is not the model's prior: dashed, and named.
 */
export function drawPrior(pen, view, size, colours, isForeign = false) {
  const [x, y] = toScreen(view, size, 0, 0);
  const scale = size.width / view.width;
  pen.save();
  pen.font = `600 12px ${colours.font}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const write = (text, atX, atY) => {
    pen.setLineDash([]);
    pen.lineWidth = 4;
    pen.strokeStyle = colours.background;
    pen.strokeText(text, atX, atY);
    pen.fillStyle = colours.text;
    pen.fillText(text, atX, atY);
  };
  for (const sigma of [1, 2, 3]) {
    // A halo in the page's colour keeps the line legible over dots of any colour.
    for (const [colour, width] of [[colours.halo, 4], [colours.text, 1.5]]) {
      pen.setLineDash(isForeign ? DASHES : []);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(x, y, sigma * scale, 0, 2 * Math.PI);
      pen.stroke();
    }
    // Of narrow circles the outermost alone has a label.
    if (sigma === 3 || scale >= LABEL_ROOM) write(`${sigma}σ`, x + sigma * scale * Math.SQRT1_2, y - sigma * scale * Math.SQRT1_2);
  }
  if (isForeign) {
    const half = pen.measureText(FOREIGN).width / 2 + INSET;
    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    const [top, bottom] = [-1, 1].map((side) => y + side * (3 * scale + LABEL_ROOM / 2));
    const lowest = size.height - LOWEST_LABEL;
    write(FOREIGN, within(x, half, size.width - half), within(bottom > lowest ? top : bottom, 1.5 * LABEL_ROOM, lowest));
  }
  pen.restore();
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
      text: label,
    })),
    vertical: ticks(box.bottom, box.top, Math.max(size.height / 80, FEWEST_TICKS)).map(({ value, label }) => ({
      at: toScreen(view, size, 0, value)[1],
      text: label,
    })),
  };
}
