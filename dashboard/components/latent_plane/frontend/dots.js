// How single dots look where they do not all look as their class does.

/**
 * @param {import("./plane_controller.js").LatentPlane} plane
 * @returns {?{key: string, weights: ?Uint8Array, colours: ?Uint8Array}} weights from 0, hidden, to 255; colours (n, 3);
 *   null where there is neither. Equal keys mean equal looks.
 */
export function looks(plane) {
  const { colouring, subset } = plane;
  const own = colouring.colours;
  if (subset.isEmpty && !own) return null;
  return { key: `${subset.turn} ${own?.key ?? ""} ${colouring.turn}`, weights: weightsOf(plane), colours: own?.bytes ?? null };
}

/** How strong each dot is, 0 to 255, with 0 for a hidden one; null where all are alike. @param {import("./plane_controller.js").LatentPlane} plane */
export function weightsOf({ colouring, subset }) {
  const [chosen, known] = [subset.weights(), colouring.weights()];
  return chosen && known ? chosen.map((weight, i) => Math.ceil((weight * known[i]) / 255)) : (chosen ?? known);
}
