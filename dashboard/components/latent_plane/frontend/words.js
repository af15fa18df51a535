// What a plane says of itself to who cannot see it.
import { counted, dimensionName, fixed } from "../../lib/ui/text.js";

export class Words {
  /** @param {import("./plane_controller.js").LatentPlane} plane */
  constructor(plane) {
    this.plane = plane;
  }

  /** Where what is shown lies. */
  position() {
    const { coordinates, inference, isProjection, rows, selection: { chosen } } = this.plane;
    if (isProjection) return chosen ? `image ${counted(rows.imageOf(chosen.index))}` : "no image";
    const dims = coordinates.axes.filter((dim) => dim >= 0);
    return dims.map((dim) => `${dimensionName(dim)} ${fixed(inference.shown[dim], 2)}`).join(", ");
  }

  /** The row of the nearest dot on the plane; -1 where none is shown. */
  nearestRow() {
    const { coordinates, inference, isProjection, visibility } = this.plane;
    if (isProjection) return -1;
    return coordinates.index.nearest(...coordinates.positionOf(inference.shown), Infinity, visibility.isPickable);
  }

  /** The class of the nearest dot and how far it is, in the code's units; empty where none is shown. */
  nearest(i = this.nearestRow()) {
    const { classes, coordinates, inference, labels } = this.plane;
    if (i < 0) return "";
    const [x, y] = coordinates.positionOf(inference.shown);
    const [atX, atY] = coordinates.placeOf({ index: i });
    const name = classes[labels[i]];
    return `nearest dot${name === undefined ? "" : calledAs(name)}, ${fixed(Math.hypot(atX - x, atY - y), 2)} away`;
  }

  describePlane() {
    const { about, classes, condition: { current }, isProjection, labels, part, peers } = this.plane;
    const as = current === null ? "" : `, decoded as ${classes[current]}`;
    const kind = isProjection ? "Projection" : "Latent plane";
    const row = this.nearestRow();
    const nearest = this.nearest(row);
    const at = [this.position() + as, ...(nearest ? [nearest] : [])].join("; ");
    part("plane").setAttribute("aria-label", `${kind} of ${about.title}, ${counted(labels.length)} codes. Cursor at ${at}.`);
    if (part("nearest")) part("nearest").textContent = nearest;
    if (row >= 0) peers?.passed(classes[labels[row]]);
  }
}

/** A digit as a person says it, other classes by their names. */
function calledAs(name) {
  return /^\d+$/.test(name) ? ` ${name === "8" ? "an" : "a"} ${name}` : `: ${name}`;
}
