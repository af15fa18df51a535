// The card beside a hovered code: its original, its reconstruction, and what is known of it.
import { codeExcerpt, counted } from "./text.js";
import { element, paintPixels, showAt } from "./dom.js";
import { imageToRgba, wholeScale } from "./pixels.js";
import { placeCard } from "../scatter/geometry.js";

export class HoverCard {
  /** @param {HTMLElement} node @param {number[]} shape [h, w, c] */
  constructor(node, shape) {
    this.node = node;
    this.shape = shape;
    this.original = element("canvas");
    this.reconstruction = element("canvas");
    this.pictures = element("div", { className: "card-pictures" });
    this.heading = element("div", { className: "card-heading" });
    this.code = element("div", { className: "card-code" });
    this.error = element("div", { className: "card-code" });
    node.replaceChildren(this.heading, this.pictures, this.code, this.error);
    this.hide();
  }

  /**
   * @param {{label, index, code, error, original, preview, reconstruction, reconstructionName}} about images
   *   are (c, h, w) or null; preview, a thumbnail, stands for the original until that is here.
   */
  show(about, anchor, plane) {
    const [h, w] = this.shape;
    const scale = wholeScale(h, w, 72);
    const figures = [];
    for (const [canvas, image, caption] of [
      [this.original, about.original ?? about.preview, about.original ? "original" : "thumbnail"],
      [this.reconstruction, about.reconstruction, about.reconstructionName],
    ]) {
      if (!image) continue;
      paintPixels(canvas, imageToRgba(image, this.shape), w, h);
      showAt(canvas, w, h, scale);
      figures.push(element("figure", {}, [canvas, element("figcaption", {}, [caption])]));
    }
    this.pictures.replaceChildren(...figures);
    this.heading.replaceChildren(
      ...(about.label === undefined ? [] : [element("strong", {}, [about.label])]),
      element("span", {}, [`image ${counted(about.index)}`]),
    );
    this.code.textContent = about.code.length ? `z = ${codeExcerpt(about.code)}` : "";
    this.error.textContent = about.error === null ? "" : `MSE ${about.error.toFixed(4)} per pixel`;
    this.error.hidden = about.error === null;
    this.node.hidden = false;
    const corner = placeCard(anchor, { width: this.node.offsetWidth, height: this.node.offsetHeight }, plane, 24);
    if (corner) this.node.style.transform = `translate(${corner.map(Math.round).join("px, ")}px)`;
    this.node.hidden = !corner;
  }

  hide() {
    this.node.hidden = true;
  }
}
