// The choice of the class to decode as, and the same style in every class, live.
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { imageToRgba, wholeScale } from "../../lib/ui/pixels.js";

// Five images of 28 x 28 at twice their size fill a row of the panel.
const TILE_PX = 56;

export class ClassChooser {
  /**
   * @param {(name: string) => any} part finds an element of the page by its name.
   * @param {{classes: string[], shape: number[], latentDim: number}} plane
   * @param {import("../../lib/decoder/client.js").DecoderClient} client
   * @param {{onChoose: (k: number, timeStamp: number) => void, onKeep: (isKept: boolean) => void}} calls a class and the
   *   event's time stamp; whether the chosen class is to hold under the pointer.
   */
  constructor(part, plane, client, calls) {
    this.plane = plane;
    this.client = client;
    this.part = part;
    this.decoded = part("decoded");
    this.keep = part("keep-class");
    this.before = { title: part("copy-code").title, label: this.decoded.getAttribute("aria-label") };
    part("condition").hidden = false;
    part("copy-code").title = "Copy the Python call that decodes this code as this class";
    // The dashboard has shortcuts of its own, and a letter typed here seeks a class.
    part("condition").onkeydown = (event) => event.stopPropagation();
    this.select = part("class");
    this.select.replaceChildren(
      ...plane.classes.map((name, k) => element("option", { value: String(k) }, [name])),
    );
    this.select.onchange = (event) => calls.onChoose(Number(this.select.value), event.timeStamp);
    this.keep.onclick = () => calls.onKeep(this.keep.getAttribute("aria-pressed") !== "true");
    this.tiles = plane.classes.map((name, k) => this.buildTile(name, k, calls.onChoose));
    const width = Math.max(32, this.tiles[0].width);
    part("styles").style.setProperty("--tile", `${width}px`);
    part("styles").replaceChildren(...this.tiles.map((tile) => tile.node));
    this.codes = new Float32Array(plane.classes.length * plane.latentDim);
    this.conditions = plane.classes.map((_, k) => k);
    this.code = this.waiting = null;
    this.isBusy = false;
  }

  buildTile(name, k, onChoose) {
    const [h, w] = this.plane.shape;
    const scale = wholeScale(h, w, TILE_PX);
    const canvas = element("canvas", { width: w, height: h, "aria-hidden": "true" });
    showAt(canvas, w, h, scale);
    const label = { "aria-label": name, "aria-pressed": "false", title: `Decode as ${name}` };
    const caption = element("span", { className: "tile-name", "aria-hidden": "true" }, [name]);
    const node = element("button", { type: "button", className: "tile", ...label }, [canvas, caption]);
    node.onclick = (event) => onChoose(k, event.timeStamp);
    return { node, canvas, width: w * scale };
  }

  /** @param {ArrayLike<number>} code the code shown. @param {import("./condition.js").Condition} condition what it is decoded as. */
  show(code, condition) {
    this.mark(condition.current, condition.isKept);
    if (this.code?.every((value, dim) => value === Math.fround(code[dim]))) return;
    this.code = Float32Array.from(code);
    // One strip after the other, the newest next: a moving pointer would cancel every one.
    if (this.isBusy) this.waiting = this.code;
    else this.decode(this.code);
  }

  mark(current, isKept) {
    this.keep.setAttribute("aria-pressed", String(isKept));
    if (this.current === current) return;
    this.current = current;
    this.select.value = String(current);
    this.decoded.setAttribute("aria-label", `Image decoded at the cursor as ${this.plane.classes[current]}`);
    this.tiles.forEach(({ node }, k) => node.setAttribute("aria-pressed", String(k === current)));
  }

  decode(code) {
    this.isBusy = true;
    this.tiles.forEach((_, k) => this.codes.set(code, k * code.length));
    let left = this.tiles.length;
    const onImage = (k, image) => {
      const [h, w] = this.plane.shape;
      paintPixels(this.tiles[k].canvas, imageToRgba(image, this.plane.shape), w, h);
      if (--left === 0) this.finish();
    };
    this.client.decodeLater(this.codes, this.conditions, onImage, true);
  }

  finish() {
    const next = this.waiting;
    this.isBusy = false;
    this.waiting = null;
    if (next) this.decode(next);
  }

  /** The page as it was: the next plane may have no class to choose. */
  dispose() {
    const { part } = this;
    part("condition").hidden = true;
    part("copy-code").title = this.before.title;
    this.decoded.setAttribute("aria-label", this.before.label);
    this.select.replaceChildren();
    part("styles").replaceChildren();
    this.select.onchange = this.keep.onclick = null;
  }
}
