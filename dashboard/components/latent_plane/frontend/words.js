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

  describePlane() {
    const { about, classes, condition: { current }, isProjection, labels, part } = this.plane;
    const as = current === null ? "" : `, decoded as ${classes[current]}`;
    const kind = isProjection ? "Projection" : "Latent plane";
    const label = `${kind} of ${about.title}, ${counted(labels.length)} codes. Cursor at ${this.position()}${as}.`;
    part("plane").setAttribute("aria-label", label);
  }
}
