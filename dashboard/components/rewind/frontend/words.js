// What a rewind says of itself: names, places and notes, for the eye and for who cannot see it.
import { NOISE, countInside, visibleBox } from "../../lib/scatter/geometry.js";
import { counted, dimensionName, fixed, imageName, outsideText } from "../../lib/ui/text.js";

export class Words {
  /** @param {import("./controller.js").Rewind} rewind */
  constructor(rewind) {
    this.rewind = rewind;
  }

  nameOf(i) {
    const { epochs } = this.rewind;
    return imageName(epochs.classes[epochs.labels[i]], `${epochs.about.split} image ${counted(epochs.imageOf(i))}`);
  }

  epoch() {
    const { epoch, loss } = this.rewind.facts;
    return loss ? `${epoch}, ${loss}` : epoch;
  }

  /** Where the code that is decoded lies on the plane. */
  place() {
    const { coordinates, inference } = this.rewind;
    const { code } = inference.wanted();
    const dims = coordinates.axes.filter((dim) => dim >= 0);
    return dims.map((dim) => `${dimensionName(dim)} ${fixed(code[dim], 2)}`).join(", ");
  }

  describePlane() {
    const { epochs, facts, part } = this.rewind;
    const head = `Latent plane of ${epochs.about.title} at ${facts.epoch.toLowerCase()}`;
    part("plane").setAttribute("aria-label", `${head}, ${counted(epochs.count)} codes. Cursor at ${this.place()}.`);
  }

  /** Says so where fewer codes are in view than are shown, and where the dots are drawn the slower way. */
  writeNote() {
    const { coordinates: { axes, positions }, f, epochs, readout, scene, viewing, windows } = this.rewind;
    const inside = countInside(positions, visibleBox(viewing.view(), scene.size));
    const more = viewing.chosen ? "Double-click to reset the window." : "Double-click to see them all.";
    const lines = windows.isNoise(f, axes) ? [NOISE] : [];
    if (inside < epochs.count) lines.push(`${outsideText(epochs.count - inside)} ${more}`);
    if (scene.points.kind === "canvas") {
      lines.push("This browser offers no WebGL, so the dots are drawn the slower way; nothing is left out.");
    }
    readout.write("note", lines.join(" "));
  }
}
