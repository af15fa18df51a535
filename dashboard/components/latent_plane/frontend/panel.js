// The panel: the decoded image, its position, and beside it the image that is pointed at, chosen or the person's own.
import { Beside } from "./beside.js";
import { codeText, fileStem } from "../../lib/ui/text.js";
import { copyImage, copyText, saveJson, savePng } from "../../lib/ui/exports.js";
import { wholeScale } from "../../lib/ui/pixels.js";
import { isOneColumn, showAt } from "../../lib/ui/dom.js";
import { paintDecoded } from "../../lib/ui/decoded_image.js";

// CSS px of the images' longer sides: the decoded one is as large as the strip allows, in whole multiples of its
// pixels, and at most this share of the plane; beside it stand three small ones.
const LEAST_ROOM = 112;
const SHARE = 0.43;
const [SMALL_ROOM, SMALLEST_ROOM] = [84, 56];
const GAPS_PX = 2 * 8 + 16;
const SAVED_PX = 560;

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
    this.beside = new Beside(part("selected"), plane);
    this.chosen = this.hovered = this.mark = this.own = null;
    /** Whether it came after the chosen image. */
    this.isOwnLast = false;
    this.unpin = part("unpin");
    this.code = null;
    this.condition = null;
    this.image = null;
    const [h, w] = this.shape;
    this.canvas.width = w;
    this.canvas.height = h;
    this.unpin.onclick = calls.onUnpin;
    if (!plane.layers) this.showNoDecoder(part);
    this.wireExports(part);
    this.wireMenu(part("save-png").closest("details"));
    this.surface = part("plane");
    this.around = [this.canvas.closest(".panel"), part("layout")];
    this.resized = new ResizeObserver(() => this.fit());
    this.grown = new ResizeObserver(() => this.tellHeight());
    this.grown.observe(this.around[0]);
    for (const node of [this.surface, ...this.around]) this.resized.observe(node);
    this.fit();
  }

  /** Of a fixed size until the strip has another one: a frame then repaints this box and no other. */
  fit() {
    const [h, w] = this.shape;
    // On a phone the panel is no box of its own.
    const width = this.around.map((node) => node.clientWidth).find(Boolean) ?? 0;
    const beside = isOneColumn(this.around[0]) ? width : width - 3 * SMALL_ROOM - GAPS_PX;
    const room = Math.max(LEAST_ROOM, Math.min(beside, SHARE * this.surface.clientWidth));
    showAt(this.canvas, w, h, wholeScale(h, w, room));
    this.beside.fit(beside < LEAST_ROOM ? SMALLEST_ROOM : SMALL_ROOM);
  }

  /** Codes alone: no place is drawn, and nothing offers to. */
  showNoDecoder(part) {
    this.canvas.closest(".decoded").style.minWidth = "8rem";
    this.canvas.hidden = part("copy-image").hidden = part("save-png").hidden = true;
    for (const hint of this.canvas.closest(".panel").querySelectorAll(".hint")) {
      hint.textContent = hint.textContent.replace(/^\w+ to decode\. /, "");
    }
  }

  /** What the page puts below the panel begins where the panel ends, however much it shows. */
  tellHeight() {
    const root = this.canvas.getRootNode();
    const stage = (root instanceof ShadowRoot ? root.host : this.canvas).closest(".st-key-explore-stage");
    if (stage instanceof HTMLElement) stage.style.setProperty("--panel-height", `${this.around[0].offsetHeight}px`);
  }

  /** The menu closes when a person turns elsewhere: Escape within it lets go of no image. */
  wireMenu(menu) {
    this.closing = new AbortController();
    const outside = (event) => event.composedPath().includes(menu) || (menu.open = false);
    document.addEventListener("pointerdown", outside, { capture: true, signal: this.closing.signal });
    menu.onkeydown = (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    };
  }

  dispose() {
    this.closing.abort();
    this.resized.disconnect();
    this.grown.disconnect();
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

  /** Where a code lies that nothing decodes. */
  locate(code) {
    this.code = code;
    this.position.textContent = codeText(code);
  }

  /** The card beside the pointer says what is shown. */
  caption() {}

  /** @param {{title, image}[]} marks of which the last stands there, until another image is chosen. */
  showMarks(marks) {
    const mark = marks.at(-1) ?? null;
    if (mark !== this.mark) this.isOwnLast = true;
    this.mark = mark;
    this.own = mark && { label: mark.title, error: null, original: mark.image, reconstruction: null, reconstructionName: "reconstruction", originals: "present" };
    this.showBeside();
  }

  /** One of them is decoded. */
  paintMark(mark, image) {
    if (mark !== this.mark) return;
    this.own.reconstruction = image;
    this.showBeside();
  }

  /** The empty state: nothing is selected. */
  showNothing(isPinned) {
    this.chosen = null;
    this.unpin.hidden = !isPinned;
    this.unpin.textContent = "Unpin";
    this.showBeside();
  }

  /** The selected image. @param {Object} about as in Beside. */
  showSelected(about) {
    if (about.index !== this.chosen?.index) this.isOwnLast = false;
    this.chosen = about;
    this.unpin.hidden = false;
    this.unpin.textContent = "Clear";
    this.showBeside();
  }

  /** The image under the pointer stands before the selected one. */
  showHovered(about) {
    this.hovered = about;
    this.showBeside();
  }

  endHover() {
    if (!this.hovered) return;
    this.hovered = null;
    this.showBeside();
  }

  showBeside() {
    const about = this.hovered ?? (this.isOwnLast ? (this.own ?? this.chosen) : (this.chosen ?? this.own));
    if (about) this.beside.show(about);
    else this.beside.showNothing("Point at a dot to see the image behind it; click to keep it.");
  }
}
