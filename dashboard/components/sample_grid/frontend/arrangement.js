// How large the samples of a grid are, so that all of them are in sight where that is possible.

const [ROW_GAP, COLUMN_GAP] = [8, 3];
const WITHIN = 4;
const LINE = 16;
const LEAST = 44;
const MOST = 168;
const LEAST_CELL = 88;

/**
 * The largest whole scale at which all samples fit into the room; the smallest legible one where none does.
 *
 * @param {{count: number, height: number, width: number, images: number, lines: number}} samples how many, of
 *   which size in image pixels, how many images and how many lines each has.
 * @param {{width: number, height: number}} room CSS px; the height may be Infinity where the page scrolls.
 * @returns {{scale: number, cell: number}} CSS px per image pixel, and how wide a sample is.
 */
export function arranged({ count, height, width, images, lines }, room) {
  const side = Math.max(height, width);
  const scales = [1 / 4, 1 / 3, 1 / 2, ...Array.from({ length: MOST }, (_, k) => k + 1)];
  const legible = scales.filter((scale) => scale * side >= LEAST && scale * side <= MOST);
  // An image larger than all of that is shrunk to it.
  const offered = (legible.length ? legible : [MOST / side]).map((scale) => {
    const cell = Math.max(images * scale * width + (images - 1) * WITHIN, lines ? LEAST_CELL : 0);
    const columns = Math.max(1, Math.floor((room.width + COLUMN_GAP) / (cell + COLUMN_GAP)));
    const row = scale * height + lines * LINE + (lines ? 2 : 0) + ROW_GAP;
    return { scale, cell, columns, height: Math.ceil(count / columns) * row - ROW_GAP };
  });
  const fitting = offered.filter((offer) => offer.height <= room.height && offer.cell <= room.width);
  const { scale, cell } = fitting.at(-1) ?? offered[0];
  return { scale, cell };
}

/** Which sample an arrow leads to from one, in rows of so many; itself where there is none. */
export function beside(k, key, columns, count) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const next = k + (steps[key] ?? 0);
  return next < 0 || next >= count ? k : next;
}
