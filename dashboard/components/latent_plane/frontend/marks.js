// Marks on the plane: a star where something of the person's own lies, and the ellipse of its posterior.
import { beyond, toScreen } from "../../lib/scatter/geometry.js";

const STAR_PX = 10;
const DEVIATIONS = 2;

/** Draws every mark over the dots; `axes` are the latent dimensions shown. */
export function drawMarks(pen, view, size, colours, marks, axes) {
  for (const mark of marks) {
    if (pointAt(pen, view, size, colours, mark.code, axes)) continue;
    const { x, y, radiusX, radiusY } = ellipseOf(mark, view, size, axes);
    // A halo in the page's colour keeps the line legible over dots of any colour.
    for (const [colour, width] of [[colours.halo, 5], [colours.text, 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      if (!radiusX && !radiusY) continue;
      pen.beginPath();
      pen.ellipse(x, y, radiusX, radiusY, 0, 0, 2 * Math.PI);
      pen.stroke();
    }
    fillShape(pen, colours, starPoints(x, y, STAR_PX));
  }
}

/** Fills a shape, with a rim in the page's colour: legible over dots of any colour. */
function fillShape(pen, colours, corners) {
  pen.beginPath();
  corners.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = colours.background;
  pen.stroke();
  pen.fillStyle = colours.text;
  pen.fill();
}

// An arrow's tip, its corners and its notch, around its middle.
const ARROW = [[10, 0], [-9, -7.5], [-4.5, 0], [-9, 7.5]];

/** Draws an arrow at the edge in place of what lies beyond it; returns whether it does. */
export function pointAt(pen, view, size, colours, code, axes) {
  const edge = beyond(view, size, code[axes[0]], axes[1] < 0 ? 0 : code[axes[1]]);
  if (!edge) return false;
  pen.save();
  pen.translate(edge.x, edge.y);
  pen.rotate(edge.angle);
  fillShape(pen, colours, ARROW);
  pen.restore();
  return true;
}

/**
 * Where a mark stands on the screen, and the half-axes of its posterior at two standard deviations.
 *
 * @param {{code: number[], spread: ?number[]}} mark spread, the posterior's standard deviations, or null.
 * @returns {{x, y, radiusX, radiusY}} CSS px; radii are 0 where there is no spread.
 */
export function ellipseOf({ code, spread }, view, size, axes) {
  const along = (values, axis) => (values && axis >= 0 ? values[axis] : 0);
  const [x, y] = toScreen(view, size, along(code, axes[0]), along(code, axes[1]));
  const scale = (DEVIATIONS * size.width) / view.width;
  return { x, y, radiusX: along(spread, axes[0]) * scale, radiusY: along(spread, axes[1]) * scale };
}

/** The ten corners of a five-pointed star around (x, y), its first point upwards. */
export function starPoints(x, y, radius) {
  return Array.from({ length: 10 }, (_, k) => {
    const angle = -Math.PI / 2 + (k * Math.PI) / 5;
    const r = k % 2 ? 0.45 * radius : radius;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });
}
