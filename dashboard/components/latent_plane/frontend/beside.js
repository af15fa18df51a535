// Beside the decoded image, always in the same place: the original that is pointed at, chosen or the person's own, and
// what the model makes of it.
import { counted } from "../../lib/ui/text.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { errorToRgba, imageToRgba, meanSquaredError, wholeScale } from "../../lib/ui/pixels.js";

const ORIGINALS_NOTICES = {
  loading: "The original image is on its way.",
  broken: "The original image could not be loaded, so there is nothing to compare with.",
  absent: "The original images are not here, so there is nothing to compare with.",
};
const PREVIEWED = {
  loading: "This is its thumbnail; the original image is on its way.",
  broken: "The original image could not be loaded; this is its thumbnail.",
};

/** What is to be said of the originals. @param {string} state as `Originals` has it. @param {boolean} isPreviewed whether a thumbnail is shown. */
export function originalsNotice(state, isPreviewed) {
  return (isPreviewed && PREVIEWED[state]) || ORIGINALS_NOTICES[state] || "";
}

const ERROR = "error";
const SCALE = "Absolute error per pixel, from 0 (black) to 1 (white)";

export class Beside {
  /**
   * @param {HTMLElement} node
   * @param {{image_shape: [number, number, number], split: string, layers?: Object[]}} plane the shape is [h, w, c];
   *   without layers nothing is made of an original.
   */
  constructor(node, { image_shape, split, layers }) {
    this.shape = image_shape;
    this.split = split;
    this.heading = element("p", { className: "beside-heading" });
    this.figures = (layers ? ["original", "reconstruction", ERROR] : ["original"]).map((name) => this.buildFigure(name));
    this.words = element("p", { className: "beside-words" });
    const pictures = element("div", { className: "pictures" }, this.figures.map(({ figure }) => figure));
    node.replaceChildren(this.heading, pictures, this.words);
  }

  buildFigure(name) {
    const canvas = element("canvas", { role: "img", "aria-label": `no ${name}` });
    const caption = element("figcaption", name === ERROR ? { title: SCALE } : {});
    const [h, w] = this.shape;
    [canvas.width, canvas.height] = [w, h];
    return { canvas, caption, name, figure: element("figure", {}, [canvas, caption]) };
  }

  /** @param {number} room CSS px of an image's longer side. */
  fit(room) {
    const [h, w] = this.shape;
    for (const { canvas } of this.figures) showAt(canvas, w, h, wholeScale(h, w, room));
  }

  /** @param {string} hint what to do to see an image. */
  showNothing(hint) {
    this.heading.replaceChildren();
    for (const figure of this.figures) this.paint(figure, null, figure.name);
    this.words.replaceChildren(element("span", { className: "faint" }, [hint]));
  }

  /**
   * @param {{index?, label?, error, original, preview?, reconstruction, reconstructionName, originals}} about
   *   a person's own image has no index; original, preview and reconstruction are (c, h, w) or null; the preview
   *   stands for the original until that is here; originals is "present" or a key of ORIGINALS_NOTICES.
   */
  show({ index, label, error, original, preview, reconstruction, reconstructionName, originals }) {
    const [first, second, third] = this.figures;
    this.heading.replaceChildren(
      ...(label === undefined ? [] : [element("strong", {}, [label])]),
      ...(index === undefined ? [] : [element("span", { className: "faint" }, [`${this.split} image ${counted(index)}`])]),
    );
    const shown = original ?? preview ?? null;
    this.paint(first, shown && imageToRgba(shown, this.shape), shown && !original ? "thumbnail" : first.name);
    if (second) {
      this.paint(second, reconstruction && imageToRgba(reconstruction, this.shape), reconstructionName);
      this.paint(third, original && reconstruction && errorToRgba(original, reconstruction, this.shape), third.name);
    }
    const mse = original && reconstruction ? meanSquaredError(original, reconstruction) : error;
    const measure = [
      element("span", {}, ["MSE per pixel "]),
      element("strong", {}, [mse?.toFixed(4)]),
      element("span", { className: "faint" }, [" lower is better"]),
    ];
    const notice = originalsNotice(originals, Boolean(preview));
    this.words.replaceChildren(
      ...(mse === null ? [] : measure),
      ...(notice ? [element("span", { className: "faint" }, [` ${notice}`])] : []),
    );
  }

  paint({ canvas, caption, figure }, rgba, name) {
    const [h, w] = this.shape;
    figure.classList.toggle("is-empty", !rgba);
    caption.textContent = name;
    canvas.setAttribute("aria-label", rgba ? name : `no ${name}`);
    paintPixels(canvas, rgba ?? new Uint8ClampedArray(4 * h * w), w, h);
  }
}
