// The map of holes under the dots: graded where decode-then-encode does not return, hatched where too few codes lie.
import { toScreen } from "../../lib/scatter/geometry.js";

// An error of this many units is drawn at full strength.
export const FULL_ERROR = 2;
const STRONGEST = 0.5;
const HATCH_PX = 7;

/**
 * @param {Object[]} parts of the map, the second, where there is one, finer and within the first; each
 *   {size, x, y, cycleError, holes}: ranges [first, last] of the cell centres; values (size, size),
 *   flat, rows from the smallest y up.
 * @param {number} unit of the cycle errors' shade, in standard deviations of the prior.
 */
export function drawHoles(pen, view, size, colours, parts, unit) {
  parts.forEach((map, k) => {
    pen.save();
    if (k + 1 < parts.length) pen.clip(outside(view, size, cellBox(parts[k + 1])), "evenodd");
    drawPart(pen, view, size, colours, map, unit);
    pen.restore();
  });
}

function drawPart(pen, view, size, colours, map, unit) {
  map.picture ??= errorPicture(map, colours.error, unit);
  pen.imageSmoothingEnabled = true;
  pen.drawImage(map.picture, ...screenRect(view, size, cellBox(map)));
  const region = new Path2D();
  for (const box of holeBoxes(map)) region.rect(...screenRect(view, size, box));
  const outline = new Path2D();
  for (const [x0, y0, x1, y1] of holeEdges(map)) {
    outline.moveTo(...toScreen(view, size, x0, y0));
    outline.lineTo(...toScreen(view, size, x1, y1));
  }
  pen.strokeStyle = colours.hole;
  pen.lineWidth = 1.5;
  pen.stroke(outline);
  pen.clip(region);
  pen.beginPath();
  for (let offset = -size.height; offset < size.width; offset += HATCH_PX) {
    pen.moveTo(offset, size.height);
    pen.lineTo(offset + size.height, 0);
  }
  pen.lineWidth = 1;
  pen.stroke();
}

function outside(view, size, box) {
  const region = new Path2D();
  region.rect(0, 0, size.width, size.height);
  region.rect(...screenRect(view, size, box));
  return region;
}

/** @returns {[number, number, number, number]} */
function screenRect(view, size, { left, right, bottom, top }) {
  const [x0, y0] = toScreen(view, size, left, top);
  const [x1, y1] = toScreen(view, size, right, bottom);
  return [x0, y0, x1 - x0, y1 - y0];
}

/** Strength of the shade for a cycle error in units, 0 to 1. */
export function strength(error) {
  return Math.min(Math.max(error / FULL_ERROR, 0), 1);
}

function errorPicture({ size, cycleError }, [red, green, blue], unit) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const picture = pen.createImageData(size, size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = 4 * ((size - 1 - row) * size + column);
      const alpha = 255 * STRONGEST * strength(cycleError[row * size + column] / unit);
      picture.data.set([red, green, blue, alpha], at);
    }
  }
  pen.putImageData(picture, 0, 0);
  return canvas;
}

/** The latent rectangle that the cells cover, half a cell beyond the centres. */
export function cellBox({ size, x, y }) {
  const [halfX, halfY] = [x, y].map(([first, last]) => (last - first) / (size - 1) / 2);
  return { left: x[0] - halfX, right: x[1] + halfX, bottom: y[0] - halfY, top: y[1] + halfY };
}

/** The holes as latent boxes, one for each run of cells in a row. */
export function holeBoxes(map) {
  const { size, holes } = map;
  const box = cellBox(map);
  const [width, height] = [(box.right - box.left) / size, (box.top - box.bottom) / size];
  const boxes = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!holes[row * size + column]) continue;
      const first = column;
      while (column + 1 < size && holes[row * size + column + 1]) column++;
      const [left, right] = [box.left + first * width, box.left + (column + 1) * width];
      boxes.push({ left, right, bottom: box.bottom + row * height, top: box.bottom + (row + 1) * height });
    }
  }
  return boxes;
}

/** The holes' outline as latent segments [x0, y0, x1, y1]: every cell edge with a hole on one side only. */
export function holeEdges(map) {
  const { size, holes } = map;
  const box = cellBox(map);
  const [width, height] = [(box.right - box.left) / size, (box.top - box.bottom) / size];
  const isHole = (row, column) =>
    row >= 0 && column >= 0 && row < size && column < size && Boolean(holes[row * size + column]);
  const edges = [];
  for (let row = 0; row <= size; row++) {
    for (let column = 0; column <= size; column++) {
      const [x, y] = [box.left + column * width, box.bottom + row * height];
      if (isHole(row, column) !== isHole(row - 1, column)) edges.push([x, y, x + width, y]);
      if (isHole(row, column) !== isHole(row, column - 1)) edges.push([x, y, x, y + height]);
    }
  }
  return edges;
}
