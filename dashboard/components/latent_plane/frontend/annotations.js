// What is laid over a plane from outside: marks of the person's own, and the map of its holes.
import { moments } from "../../lib/streamlit/bus.js";

export class Laid {
  /** @param {import("./plane_controller.js").LatentPlane} plane */
  constructor(plane) {
    this.plane = plane;
    this.marks = [];
    this.ways = [];
    this.holes = null;
    this.errorUnit = 1;
  }

  /** A map of holes, or null. */
  showHoles(map) {
    if (this.holes === map) return;
    const { plane } = this;
    this.holes = map;
    const { std } = moments(plane.coordinates.positions);
    // Where the codes spread beyond the prior, what is far is measured by them.
    this.errorUnit = Math.max(1, Math.hypot(...std) / Math.SQRT2);
    if (plane.visibility.overlays.has("holes")) plane.stage.updateOverlays();
  }

  /** Ways through the codes are drawn. */
  showWays(ways) {
    if (!ways.length && !this.ways.length) return;
    this.ways = ways;
    this.plane.stage.requestDraw({ points: false });
  }

  /** Marks are drawn on the plane, and decoded in its panel. */
  showMarks(marks) {
    if (!marks.length && !this.marks.length) return;
    const { plane } = this;
    this.marks = marks;
    plane.stage.updateOverlays();
    if (plane.isProjection) return;
    plane.panel.showMarks(marks);
    for (const mark of marks) {
      const conditions = plane.conditions && [mark.condition ?? plane.condition.chosen];
      const paint = (_, image) => this.marks === marks && plane.panel.paintMark(mark, image);
      plane.inference.client.decodeLater(Float32Array.from(mark.code), conditions, paint, true);
    }
  }
}
