// What a rewind says of itself: names, places and notes, for the eye and for who cannot see it.
import { NOISE, countInside, visibleBox } from "../../lib/scatter/geometry.js";
import { counted, dimensionName, fixed, imageName, outsideText } from "../../lib/ui/text.js";

export class Words {
  /** @param {Rewind} rewind */
  constructor(rewind) {
    this.rewind = rewind;
  }

  nameOf(i) {
    const { reel } = this.rewind;
    return imageName(reel.classes[reel.labels[i]], `${reel.about.split} image ${counted(reel.imageOf(i))}`);
  }

  epoch() {
    const { epoch, loss } = this.rewind.facts;
    return loss ? `${epoch}, ${loss}` : epoch;
  }

  /** Where the code that is decoded lies on the plane. */
  place() {
    const { code } = this.rewind.wanted();
    const dims = this.rewind.axes.filter((dim) => dim >= 0);
    return dims.map((dim) => `${dimensionName(dim)} ${fixed(code[dim], 2)}`).join(", ");
  }

  describePlane() {
    const { reel, facts, part } = this.rewind;
    const head = `Latent plane of ${reel.about.title} at ${facts.epoch.toLowerCase()}`;
    part("plane").setAttribute("aria-label", `${head}, ${counted(reel.count)} codes. Cursor at ${this.place()}.`);
  }

  /** Says so where fewer codes are in view than are shown, and where the dots are drawn the slower way. */
  writeNote() {
    const { axes, f, positions, reel, readout, scene, viewing, windows } = this.rewind;
    const inside = countInside(positions, visibleBox(viewing.view(), scene.size));
    const more = viewing.chosen ? "Double-click to reset the window." : "Double-click to see them all.";
    const lines = windows.isNoise(f, axes) ? [NOISE] : [];
    if (inside < reel.count) lines.push(`${outsideText(reel.count - inside)} ${more}`);
    if (scene.points.kind === "canvas") {
      lines.push("This browser offers no WebGL, so the dots are drawn the slower way; nothing is left out.");
    }
    readout.write("note", lines.join(" "));
  }
}
