// The fixed test images: each original above its reconstruction at the epoch shown.
import { counted, imageName } from "../../lib/ui/text.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { imageToRgba, wholeScale } from "../../lib/ui/pixels.js";

const ROOM_PX = 60;
/** Within a plane's own panel. */
const SMALL_ROOM_PX = 28;

export class Pictures {
  /**
   * @param {(name: string) => any} part
   * @param {import("./epochs.js").Epochs} epochs
   * @param {{onPin: (k: number) => void, onPoint: (k: number) => void}} calls with the number of the picture,
   *   onPoint with -1 where the pointer leaves.
   */
  constructor(part, epochs, calls) {
    this.part = part;
    this.epochs = epochs;
    this.calls = calls;
    this.items = Array.from({ length: epochs.pictures }, (_, k) => this.build(k));
    part("pictures").replaceChildren(...this.items.map(({ node }) => node));
    part("no-originals").hidden = Boolean(epochs.originals);
  }

  build(k) {
    const { epochs, calls } = this;
    const { images, places, split } = epochs.about;
    const [h, w] = epochs.shape;
    const place = places[k];
    const label = place >= 0 ? epochs.classes[epochs.labels[place]] : undefined;
    // Without a class its number alone: there is room for no more below a small picture.
    const name = label ?? (images ? counted(images[k]) : "");
    const canvases = [epochs.original(k), null].map((image) => {
      const canvas = element("canvas", { width: w, height: h, "aria-hidden": "true" });
      showAt(canvas, w, h, wholeScale(h, w, epochs.about.in_place ? SMALL_ROOM_PX : ROOM_PX));
      if (image) paintPixels(canvas, imageToRgba(image, epochs.shape), w, h);
      return canvas;
    });
    const kept = epochs.originals ? canvases : canvases.slice(1);
    const children = [...kept, element("span", { className: "tile-name" }, [name])];
    const number = images ? `${split} image ${counted(images[k])}` : `${split} image`;
    const called = imageName(label, number);
    const description = epochs.originals ? `${called}, above its reconstruction` : `Reconstruction of ${called}`;
    if (place < 0) {
      return { node: element("div", { className: "picture", role: "img", "aria-label": description }, children), canvas: canvases[1] };
    }
    const style = `--class-colour: ${cssColour(epochs.colours[epochs.labels[place]])}`;
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

  /** Frame f of epochs with the same images. */
  show(epochs, f, caption) {
    this.epochs = epochs;
    const [h, w] = epochs.shape;
    this.items.forEach(({ canvas }, k) => paintPixels(canvas, imageToRgba(epochs.reconstruction(f, k), epochs.shape), w, h));
    this.part("pictures-caption").textContent = caption;
  }

  /** The picture of the pinned code; -1 for none. */
  press(k) {
    this.items.forEach(({ node }, other) => {
      if (node.tagName === "BUTTON") node.setAttribute("aria-pressed", String(other === k));
    });
  }
}
