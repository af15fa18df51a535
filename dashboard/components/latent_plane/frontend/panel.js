// The side panel: the decoded image, its position, and the selected image beside its reconstruction.
import { codeText, counted, fileStem } from "../../lib/ui/text.js";
import { copyImage, copyText, saveJson, savePng } from "../../lib/ui/exports.js";
import { describeScale, errorToRgba, imageToRgba, meanSquaredError, wholeScale } from "../../lib/ui/pixels.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { paintDecoded } from "../../lib/ui/decoded_image.js";

const IMAGE_ROOM = 280;
const SAVED_PX = 560;

export const ORIGINALS_NOTICES = {
  loading: "The original images are still being unpacked.",
  broken: "The original images could not be unpacked in this browser, so there is nothing to compare with.",
  absent: "The original images are not here, so there is nothing to compare with.",
};

export class Panel {
  /**
   * @param {(name: string) => any} part finds an element of the page by its name.
   * @param {Object} plane the packed description: title, split, image_shape, classes, ...
   * @param {{onUnpin: () => void, selection: () => ?Object}} calls
   */
  constructor(part, plane, calls) {
    this.plane = plane;
    this.shape = plane.image_shape;
    this.calls = calls;
    this.canvas = part("decoded");
    this.position = part("position");
    this.status = part("panel-status");
    this.selected = part("selected");
    this.marked = part("marked");
    this.unpin = part("unpin");
    this.code = null;
    this.condition = null;
    this.image = null;
    const [h, w] = this.shape;
    const scale = wholeScale(h, w, IMAGE_ROOM);
    this.canvas.width = w;
    this.canvas.height = h;
    showAt(this.canvas, w, h, scale);
    part("decoded-scale").textContent = describeScale(h, w, scale);
    this.unpin.onclick = calls.onUnpin;
    this.wireExports(part);
  }

  wireExports(part) {
    const { classes, title } = this.plane;
    const stem = () => fileStem(title) + (this.condition === null ? "" : `-as-${fileStem(classes[this.condition])}`);
    const [h, w] = this.shape;
    const scale = Math.max(1, wholeScale(h, w, SAVED_PX));
    /** @type {Object<string, [() => Promise<void> | void, string]>} */
    const actions = {
      "copy-code": [() => copyText(this.codeForPython()), "Code copied."],
      "copy-image": [() => copyImage(this.canvas, scale), "Image copied."],
      "save-png": [() => savePng(this.canvas, scale, `${stem()}.png`), "PNG saved."],
      "save-json": [() => saveJson(this.record(), `${stem()}.json`), "JSON saved."],
    };
    for (const [name, [action, done]] of Object.entries(actions)) {
      part(name).onclick = async () => {
        if (!this.code) return;
        try {
          await action();
          this.say(done);
        } catch (error) {
          this.say(error.message);
        }
      };
    }
  }

  /** The code as Python reads it; where the image takes a class too, the call that makes the image. */
  codeForPython() {
    const code = `[${codeText(this.code)}]`;
    return this.condition === null ? code : `run.decode([${code}], labels=[${this.condition}])`;
  }

  record() {
    const { title, split, image_shape, prior, classes } = this.plane;
    const image = this.image && Array.from(this.image, (value) => Number(value.toFixed(4)));
    const as = this.condition === null ? {} : { label: this.condition, class: classes[this.condition] };
    return { title, split, selection: this.calls.selection(), code: Array.from(this.code), ...as, image_shape, image_layout: "c, h, w", prior, image };
  }

  say(text) {
    this.status.textContent = text;
    clearTimeout(this.statusTimer);
    this.statusTimer = setTimeout(() => (this.status.textContent = ""), 4000);
  }

  /** Paints a decoded image and tells the page how long after `timeStamp` it stood there. */
  paint(image, { code, condition, timeStamp }) {
    this.image = image;
    this.code = code;
    this.condition = condition;
    this.position.textContent = codeText(code);
    paintDecoded(this.canvas, image, this.shape, { code, condition, timeStamp }, this.plane.name);
  }

  /** The card beside the pointer says what is shown. */
  caption() {}

  /** @param {{title, code}[]} marks a place for each, painted as soon as it is decoded. */
  showMarks(marks) {
    const [h, w] = this.shape;
    const black = () => new Uint8ClampedArray(4 * h * w);
    const figures = marks.map(({ title }) => this.figure(black(), `${title}: reconstruction`));
    this.markCanvases = figures.map((figure) => figure.querySelector("canvas"));
    this.marked.replaceChildren(...figures);
    this.marked.hidden = !marks.length;
  }

  paintMark(k, image) {
    const [h, w] = this.shape;
    paintPixels(this.markCanvases[k], imageToRgba(image, this.shape), w, h);
  }

  /** The empty state: nothing is selected. */
  showNothing(isPinned) {
    this.unpin.hidden = !isPinned;
    this.unpin.textContent = "Unpin position";
    const hint = isPinned
      ? "A position is pinned, between the images. Click a dot to see the image behind it."
      : "Click a dot to see the image behind it.";
    this.selected.replaceChildren(element("p", { className: "empty" }, [hint]));
  }

  /**
   * The selected image.
   *
   * @param {{index, label?, error, original, reconstruction, reconstructionName, originals}} about
   *   original and reconstruction are (c, h, w) or null; originals is "present" or a key of
   *   ORIGINALS_NOTICES.
   */
  showSelected(about) {
    this.unpin.hidden = false;
    this.unpin.textContent = "Clear selection";
    const { original, reconstruction } = about;
    const pictures = [
      original && this.figure(imageToRgba(original, this.shape), "original"),
      reconstruction && this.figure(imageToRgba(reconstruction, this.shape), about.reconstructionName),
      original && reconstruction && this.figure(errorToRgba(original, reconstruction, this.shape), "absolute error"),
    ].filter(Boolean);
    const error = original && reconstruction ? meanSquaredError(original, reconstruction) : about.error;
    const lines = [];
    if (error !== null) {
      lines.push(
        element("p", { className: "measure" }, [
          element("span", {}, ["MSE per pixel "]),
          element("strong", {}, [error.toFixed(4)]),
          element("span", { className: "faint" }, [" lower is better"]),
        ]),
      );
    }
    if (original && reconstruction) {
      lines.push(element("p", { className: "faint" }, ["Error from 0 (black) to 1 (white)."]));
    }
    const notice = ORIGINALS_NOTICES[about.originals];
    if (notice) lines.push(element("p", { className: "faint" }, [notice]));
    this.selected.replaceChildren(
      element("p", { className: "selected-heading" }, [
        ...(about.label === undefined ? [] : [element("strong", {}, [about.label])]),
        element("span", { className: "faint" }, [`${this.plane.split} image ${counted(about.index)}`]),
      ]),
      element("div", { className: "pictures" }, pictures),
      ...lines,
    );
  }

  figure(rgba, caption) {
    const [h, w] = this.shape;
    const canvas = element("canvas", { role: "img", "aria-label": caption });
    paintPixels(canvas, rgba, w, h);
    showAt(canvas, w, h, wholeScale(h, w, 88));
    return element("figure", {}, [canvas, element("figcaption", {}, [caption])]);
  }
}
