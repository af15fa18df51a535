// Ways through the codes, over the dots: a line with a dot at each step, from a ring to a ring; dashed where it turns
// round 0.
import { pointAt } from "./marks.js";
import { toScreen } from "../../lib/scatter/geometry.js";

const DASHES = [5, 4];
const [STEP_PX, END_PX] = [2.5, 6];

/** @param {{codes: number[][], round: boolean}[]} ways @param {number[]} axes the latent dimensions shown. */
export function drawWays(pen, view, size, colours, ways, axes) {
  pen.save();
  pen.lineJoin = "round";
  for (const { codes, round } of ways) {
    const places = codes.map((code) => toScreen(view, size, code[axes[0]], axes[1] < 0 ? 0 : code[axes[1]]));
    // A halo in the page's colour keeps the line legible over dots of any colour.
    for (const [colour, width] of [[colours.halo, 5], [colours.text, 1.75]]) {
      pen.setLineDash(round && colour === colours.text ? DASHES : []);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      places.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.stroke();
    }
    pen.setLineDash([]);
    places.forEach(([x, y], k) => {
      const isEnd = k === 0 || k === places.length - 1;
      pen.beginPath();
      pen.arc(x, y, isEnd ? END_PX : STEP_PX, 0, 2 * Math.PI);
      pen.fillStyle = isEnd ? colours.background : colours.text;
      pen.fill();
      if (isEnd) pen.stroke();
    });
    for (const end of [codes[0], codes.at(-1)]) pointAt(pen, view, size, colours, end, axes);
  }
  pen.restore();
}
