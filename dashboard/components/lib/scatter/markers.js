// Markers of a plane that are parts of the page: a pin, a ring, a cursor.
import { beyond, toScreen } from "./geometry.js";

/**
 * Puts a marker where it belongs; beyond the plane's edge it is an arrow at the edge, or nothing.
 *
 * @param {HTMLElement} node
 * @param {?number[]} position on the plane, [x, y]; null for none.
 * @param {boolean} [points] whether it points at what lies beyond the edge.
 */
export function placeMarker(node, position, view, size, points = true) {
  const edge = position && beyond(view, size, position[0], position[1]);
  const isHidden = !position || Boolean(edge && !points);
  if (node.hidden !== isHidden) node.hidden = isHidden;
  if (isHidden) return;
  node.classList.toggle("is-beyond", Boolean(edge));
  if (edge) node.style.setProperty("--towards", `${edge.angle.toFixed(3)}rad`);
  const [x, y] = edge ? [edge.x, edge.y] : toScreen(view, size, position[0], position[1]);
  node.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}
