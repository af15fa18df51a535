// How single dots look where they do not all look as their class does.

/**
 * @param {import("./plane_controller.js").LatentPlane} plane
 * @returns {?{key: string, weights: ?Uint8Array, colours: ?Uint8Array}} weights from 0, hidden, to 255; colours (n, 3);
 *   null where there is neither. Equal keys mean equal looks.
 */
export function looks({ colouring, subset }) {
  const own = colouring.colours;
  if (subset.isEmpty && !own) return null;
  return { key: `${subset.turn} ${own?.key ?? ""}`, weights: subset.weights(), colours: own?.bytes ?? null };
}
