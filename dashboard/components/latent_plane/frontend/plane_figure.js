// The plane as a figure for a page or a slide, on any pen: the window as it is, its overlays, and a legend.
import { countInside, dotStyle, toScreen, visibleBox } from "../../lib/scatter/geometry.js";
import { counted, dimensionName, outsideText } from "../../lib/ui/text.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { drawFrame, drawGrid, drawPrior, drawPriorSamples } from "../../lib/scatter/axes.js";
import { drawHoles } from "./holes.js";
import { weightsOf } from "./dots.js";
import { drawMarks } from "./marks.js";

const MARGIN = { left: 44, right: 12, top: 40, bottom: 36 };
const LEGEND = 108;
const LINE = 18;
/** What the legend says of each overlay. */
const OVERLAYS = { prior: "circles: prior, σ", holes: "hatched: holes", lattice: "grid: decoded", thumbnails: "framed: images" };
// What is drawn by pixels is drawn so fine.
const SHARP = 3;

/** A theme for white paper, as theme.js has it of the page's. */
export function onWhite(theme) {
  const mixed = (alpha) => `rgb(38 39 48 / ${alpha})`;
  const paper = { text: mixed(1), faintText: mixed(0.7), grid: mixed(0.1), background: "rgb(255 255 255)", halo: "rgb(255 255 255 / 0.75)" };
  return { ...theme, ...paper, context: [38 / 255, 39 / 255, 48 / 255], isDark: false };
}

/**
 * How large a figure is.
 *
 * @param {{width: number, height: number}} plane as the page shows it.
 * @param {{width: number, fontSize: number, hasLegend: boolean}} asked width of the whole in px, and of its letters.
 * @returns {{width: number, height: number, scale: number, size: {width: number, height: number, ratio: number}}} whole
 *   width and height in px; how many of them the pen's unit is; and the plane's own size in units.
 */
export function layout(plane, { width, fontSize, hasLegend }) {
  const scale = fontSize / 12;
  const room = Math.max(40, width / scale - MARGIN.left - MARGIN.right - (hasLegend ? LEGEND : 0));
  const size = { width: room, height: (room * plane.height) / plane.width, ratio: 1 };
  return { width, height: Math.ceil(scale * (size.height + MARGIN.top + MARGIN.bottom)), scale, size };
}

/**
 * @param {any} pen a canvas' context or a Recorder, its unit a pixel of 12-px letters.
 * @param {import("./plane_controller.js").LatentPlane} plane
 * @param {Object} size the plane's own, from `layout`. @param {Object} theme
 * @param {boolean} hasLegend
 */
export function drawPlane(pen, plane, size, theme, hasLegend) {
  const whole = { width: size.width + MARGIN.left + MARGIN.right + (hasLegend ? LEGEND : 0), height: size.height + MARGIN.top + MARGIN.bottom };
  const view = plane.viewport.view();
  pen.fillStyle = theme.background;
  pen.fillRect(0, 0, whole.width, whole.height);
  drawTitle(pen, plane, view, size, theme);
  pen.save();
  pen.translate(MARGIN.left, MARGIN.top);
  const names = plane.coordinates.axes.map((dim) => (dim < 0 ? "" : dimensionName(dim)));
  drawFrame(pen, view, size, theme, names, MARGIN);
  pen.strokeStyle = theme.faintText;
  pen.lineWidth = 1;
  pen.strokeRect(0, 0, size.width, size.height);
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, size.width, size.height);
  pen.clip();
  drawGrid(pen, view, size, theme);
  drawWithin(pen, plane, view, size, theme);
  pen.restore();
  if (hasLegend) drawLegend(pen, plane, size, theme);
  pen.restore();
}

function drawTitle(pen, plane, view, size, theme) {
  const { about, coordinates: { positions }, labels } = plane;
  const outside = labels.length - countInside(positions, visibleBox(view, size));
  const notes = [`${counted(labels.length)} ${about.split} images`, outside ? outsideText(outside) : "", plane.subset.isEmpty ? "" : `${counted(plane.subset.rows.length)} selected.`];
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.font = `600 13px ${theme.font}`;
  pen.fillStyle = theme.text;
  pen.fillText(about.title, MARGIN.left, 13);
  pen.font = `12px ${theme.font}`;
  pen.fillStyle = theme.faintText;
  pen.fillText(notes.filter(Boolean).join("  "), MARGIN.left, 29);
}

function drawWithin(pen, plane, view, size, theme) {
  const { coordinates, laid, stage, visibility: { overlays } } = plane;
  if (overlays.has("lattice")) stage.lattice.draw(pen, view, size);
  if (overlays.has("holes") && laid.holes) drawByPixels(pen, size, (own) => drawHoles(own, view, size, theme, laid.holes, laid.errorUnit));
  drawDots(pen, plane, view, size, theme);
  if (overlays.has("thumbnails")) stage.thumbnails.draw(pen, view, size, coordinates.positions, (i) => cssColour(plane.colours[plane.labels[i]]));
  if (overlays.has("prior")) {
    if (stage.priorPositions) drawPriorSamples(pen, view, size, theme, stage.priorPositions);
    else drawPrior(pen, view, size, theme);
  }
  drawMarks(pen, view, size, theme, laid.marks, coordinates.axes);
  drawPin(pen, plane, view, size, theme);
}

/** What only a canvas can draw, as one picture. */
function drawByPixels(pen, size, draw) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [size.width, size.height].map((side) => Math.ceil(SHARP * side));
  const own = canvas.getContext("2d");
  own.scale(SHARP, SHARP);
  draw(own);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(canvas, 0, 0, canvas.width / SHARP, canvas.height / SHARP);
}

function drawDots(pen, plane, view, size, theme) {
  const { colouring, colours, coordinates: { positions }, labels, visibility } = plane;
  const box = visibleBox(view, size);
  const style = dotStyle(countInside(positions, box), size.width * size.height);
  if (visibility.overlays.has("lattice")) style.opacity *= 0.5;
  const [bytes, weights] = [colouring.bytesFor(theme.isDark), weightsOf(plane)];
  const reach = (style.size * view.width) / size.width;
  for (const isLast of [false, true]) {
    // The selected ones are not to lie under the others.
    for (let i = 0; i < labels.length; i++) {
      const weight = weights?.[i] ?? 255;
      if (!visibility.isPickable(i) || (weight === 255) !== isLast) continue;
      const [x, y] = [positions[2 * i], positions[2 * i + 1]];
      if (x < box.left - reach || x > box.right + reach || y < box.bottom - reach || y > box.top + reach) continue;
      pen.globalAlpha = Number(((style.opacity * weight) / 255).toFixed(3));
      pen.fillStyle = bytes ? `rgb(${bytes[3 * i]} ${bytes[3 * i + 1]} ${bytes[3 * i + 2]})` : cssColour(colours[labels[i]]);
      pen.beginPath();
      pen.arc(...toScreen(view, size, x, y), style.size / 2, 0, 2 * Math.PI);
      pen.fill();
    }
  }
  pen.globalAlpha = 1;
}

function drawPin(pen, { coordinates, selection: { chosen } }, view, size, theme) {
  if (!chosen) return;
  const [x, y] = toScreen(view, size, ...coordinates.placeOf(chosen));
  for (const [colour, width] of [[theme.halo, 5], [theme.text, 2]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.arc(x, y, 9, 0, 2 * Math.PI);
    pen.stroke();
  }
}

function drawLegend(pen, plane, size, theme) {
  const left = size.width + 16;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  let top = LINE / 2;
  const write = (words, isFaint = false, isBold = false) => {
    pen.font = `${isBold ? "600 " : ""}12px ${theme.font}`;
    pen.fillStyle = isFaint ? theme.faintText : theme.text;
    pen.fillText(words, left, top);
    top += LINE;
  };
  const { entries, scale, title, unit, better, notes = [] } = plane.colouring.legendFor(theme.isDark);
  write(title, false, true);
  for (const { colour, words } of entries) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(left + 5, top, 5, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = theme.text;
    pen.font = `12px ${theme.font}`;
    pen.fillText(words, left + 16, top);
    top += LINE;
  }
  if (scale) drawScale();
  top += entries.length || scale ? LINE / 2 : 0;
  for (const [name, words] of Object.entries(OVERLAYS)) if (isShown(plane, name)) write(words, true);

  function drawScale() {
    const step = (LEGEND - 32) / scale.colours.length;
    scale.colours.forEach((colour, k) => {
      pen.fillStyle = colour;
      pen.fillRect(left + k * step, top - 6, step + 0.5, 10);
    });
    top += LINE;
    write(`${scale.least} – ${scale.most}`);
    for (const words of [unit, better, ...notes]) if (words) write(words, true);
  }
}

/** Whether an overlay is on and has something to show. */
function isShown({ laid, visibility: { overlays } }, name) {
  return overlays.has(name) && (name !== "holes" || Boolean(laid.holes));
}
