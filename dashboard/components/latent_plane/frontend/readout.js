// The small panel below a plane of a group: what is decoded, and the chosen image again, side by side.
import { codeExcerpt, counted } from "../../lib/ui/text.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { imageToRgba, wholeScale } from "../../lib/ui/pixels.js";
import { paintDecoded } from "../../lib/ui/decoded_image.js";

// Two of them and their words stand in a row below a plane that is a third of a page wide.
const IMAGE_ROOM = 112;

export class CompactPanel {
  /**
   * @param {(name: string) => any} part finds an element of the page by its name.
   * @param {import("./plane_controller.js").LatentPlane} plane
   */
  constructor(part, plane) {
    this.plane = plane;
    this.shape = plane.shape;
    this.canvas = part("decoded");
    this.captionLines = part("decoded-caption");
    this.position = part("position");
    this.selected = part("selected");
    this.marked = part("marked");
    const [h, w] = this.shape;
    const scale = wholeScale(h, w, IMAGE_ROOM);
    [this.canvas.width, this.canvas.height] = [w, h];
    showAt(this.canvas, w, h, scale);
    this.figureAround = part("decoded-figure");
    this.positionRow = part("position-row");
    this.caption(null);
  }

  paint(image, request) {
    paintDecoded(this.canvas, image, this.shape, request, this.plane.about.name);
    this.position.textContent = codeExcerpt(request.code, 4);
  }

  /** What the decoded image is: with null, what lies at the position; else a test image again. */
  caption(about) {
    const key = about ? about.index : -1;
    if (this.captioned === key) return;
    this.captioned = key;
    const { about: run, isProjection, latentDim } = this.plane;
    // Between the dots of a map there is nothing to draw.
    const isNowhere = isProjection && !about;
    this.figureAround.hidden = isNowhere;
    this.canvas.hidden = this.captionLines.hidden = !run.layers;
    this.positionRow.hidden = !latentDim || isNowhere;
    const lines = about ? [`image ${counted(about.index)}`, errorText(about.error)] : ["decoded here", ""];
    this.captionLines.replaceChildren(...lines.map((line) => element("span", {}, [line])));
  }

  dispose() {}

  showNothing() {
    this.selected.hidden = true;
  }

  /** @param {{index, error, original, preview, reconstruction, reconstructionName}} about the chosen image. */
  showSelected(about) {
    const { reconstruction, original, preview, error } = about;
    const image = reconstruction ?? original ?? preview;
    this.selected.hidden = !image;
    if (!image) return;
    const caption = reconstruction ? about.reconstructionName : original ? "original" : "thumbnail";
    this.selected.replaceChildren(this.figure(image, caption, reconstruction ? errorText(error) : ""));
  }

  /** @param {{title, code}[]} marks a place for each, painted as soon as it is decoded. */
  showMarks(marks) {
    const { layers } = this.plane.about;
    this.marked.hidden = !marks.length || !layers;
    const [h, w] = this.shape;
    this.markCanvases = new Map(marks.map((mark) => [mark, element("canvas", { width: w, height: h })]));
    const framed = ([{ title }, canvas]) => this.framed(canvas, title, "reconstruction");
    this.marked.replaceChildren(...Array.from(this.markCanvases, framed));
  }

  paintMark(mark, image) {
    const [h, w] = this.shape;
    paintPixels(this.markCanvases.get(mark), imageToRgba(image, this.shape), w, h);
  }

  figure(image, ...lines) {
    const [h, w] = this.shape;
    const canvas = element("canvas");
    paintPixels(canvas, imageToRgba(image, this.shape), w, h);
    return this.framed(canvas, ...lines);
  }

  framed(canvas, ...lines) {
    const [h, w] = this.shape;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", lines.filter(Boolean).join(", "));
    showAt(canvas, w, h, wholeScale(h, w, IMAGE_ROOM));
    const caption = element("figcaption", {}, lines.map((line) => element("span", {}, [line])));
    return element("figure", {}, [canvas, caption]);
  }
}

function errorText(error) {
  return error === null ? "" : `MSE ${error.toFixed(4)} ↓`;
}
