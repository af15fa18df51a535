// The fixed test images: each original above its reconstruction at the epoch shown.
import { counted, imageName } from "../../lib/ui/text.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { imageToRgba, wholeScale } from "../../lib/ui/pixels.js";

const ROOM_PX = 60;

export class Pictures {
  /**
   * @param {function(string): HTMLElement} part
   * @param {Reel} reel
   * @param {{onPin: function(number), onPoint: function(number)}} calls with the number of the picture,
   *   onPoint with -1 where the pointer leaves.
   */
  constructor(part, reel, calls) {
    Object.assign(this, { part, reel, calls });
    this.items = Array.from({ length: reel.pictures }, (_, k) => this.build(k));
    part("pictures").replaceChildren(...this.items.map(({ node }) => node));
    part("no-originals").hidden = Boolean(reel.originals);
  }

  build(k) {
    const { reel, calls } = this;
    const { images, places, split } = reel.about;
    const [h, w] = reel.shape;
    const place = places[k];
    const label = place >= 0 ? reel.classes[reel.labels[place]] : undefined;
    const name = label ?? (images ? `image ${counted(images[k])}` : "");
    const canvases = [reel.original(k), null].map((image) => {
      const canvas = element("canvas", { width: w, height: h, "aria-hidden": "true" });
      showAt(canvas, w, h, wholeScale(h, w, ROOM_PX));
      if (image) paintPixels(canvas, imageToRgba(image, reel.shape), w, h);
      return canvas;
    });
    const kept = reel.originals ? canvases : canvases.slice(1);
    const children = [...kept, element("span", { className: "tile-name" }, [name])];
    const number = images ? `${split} image ${counted(images[k])}` : `${split} image`;
    const called = imageName(label, number);
    const description = reel.originals ? `${called}, above its reconstruction` : `Reconstruction of ${called}`;
    if (place < 0) {
      return { node: element("div", { className: "picture", role: "img", "aria-label": description }, children), canvas: canvases[1] };
    }
    const style = `--class-colour: ${cssColour(reel.colours[reel.labels[place]])}`;
    const node = element(
      "button",
      { type: "button", className: "picture", style, title: `${called}: pin its code`, "aria-label": `${description}; pins its code`, "aria-pressed": "false", "data-testid": "fixed-image" },
      children,
    );
    node.onclick = () => calls.onPin(k);
    node.onpointerenter = node.onfocus = () => calls.onPoint(k);
    node.onpointerleave = node.onblur = () => calls.onPoint(-1);
    return { node, canvas: canvases[1] };
  }

  /** Frame f of a reel, of the same images. */
  show(reel, f, caption) {
    this.reel = reel;
    const [h, w] = reel.shape;
    this.items.forEach(({ canvas }, k) => paintPixels(canvas, imageToRgba(reel.reconstruction(f, k), reel.shape), w, h));
    this.part("pictures-caption").textContent = caption;
  }

  /** The picture of the pinned code; -1 for none. */
  press(k) {
    this.items.forEach(({ node }, other) => {
      if (node.tagName === "BUTTON") node.setAttribute("aria-pressed", String(other === k));
    });
  }
}
