// The decoded image and the words around it: what is decoded, by which epoch's decoder, as which class.
import { codeText, counted } from "../../lib/ui/text.js";
import { element, showAt } from "../../lib/ui/dom.js";
import { paintDecoded } from "../../lib/ui/decoded_image.js";
import { wholeScale } from "../../lib/ui/pixels.js";

export class Readout {
  /** @param {(name: string) => any} part @param {import("./epochs.js").Epochs} epochs */
  constructor(part, epochs) {
    this.part = part;
    this.shape = epochs.shape;
    this.name = epochs.name;
    this.canvas = part("decoded");
    const [h, w] = this.shape;
    [this.canvas.width, this.canvas.height] = [w, h];
  }

  /** @param {number} room CSS px of the image's longer side, in whole multiples of its pixels. */
  fit(room) {
    const [h, w] = this.shape;
    const scale = wholeScale(h, w, room);
    if (this.scale === scale) return;
    this.scale = scale;
    showAt(this.canvas, w, h, scale);
  }

  /** @param {{code, condition, timeStamp, key}} request key is the epoch whose decoder drew it. */
  paint(image, request) {
    this.canvas.dataset.epoch = String(request.key);
    paintDecoded(this.canvas, image, this.shape, request, this.name);
    this.write("position", codeText(request.code));
  }

  /** What is decoded, in words, and by which epoch's decoder; `isHere` false while that decoder is on its way. */
  caption(what, epoch, isHere) {
    this.write("what", what);
    this.write("decoder", isHere ? `decoder of epoch ${counted(epoch)}` : `decoder of epoch ${counted(epoch)} is on its way`);
    this.canvas.classList.toggle("is-waiting", !isHere);
    this.part("waiting").hidden = isHere;
    this.canvas.setAttribute("aria-label", isHere ? `${what}: decoded by epoch ${epoch}` : "Not decoded yet");
  }

  /** The page is touched only where it says something else. */
  write(name, text) {
    const node = this.part(name);
    if (node.textContent !== text) node.textContent = text;
  }
}

/** The facts of an epoch as the figure says them: {epoch, loss, counts}. */
export function factsOf(epochs, f) {
  const number = epochs.numbers[f];
  const of = epochs.totalEpochs === null ? "" : ` of ${counted(epochs.totalEpochs)}`;
  const loss = epochs.loss(f);
  const { split, total_images: total, loss_name: name } = epochs.about;
  const error = epochs.decoderError(f);
  return {
    epoch: `Epoch ${counted(number)}${of}${number === 0 ? ", untrained" : ""}`,
    // An arrow in the name says already which way is better.
    loss: loss === null ? "" : `${name} ${rounded(loss)}${name.includes("↓") ? "" : ", lower is better"}`,
    codes: codesInWords(epochs.count, total, split),
    compressed: error === null ? "" : `decoder of this epoch compressed: differs by ${levels(error)} RMS`,
  };
}

function codesInWords(count, total, split) {
  if (total === count) return `all ${counted(count)} ${split} images`;
  if (total === null) return `${counted(count)} of the ${split} images`;
  return `${counted(count)} of ${counted(total)} ${split} images`;
}

/** Four significant digits: losses run from hundreds of nats to thousandths. */
function rounded(value) {
  return Math.abs(value) >= 1000 ? counted(Math.round(value)) : String(Number(value.toPrecision(4)));
}

/** A share of the range of pixels, in grey levels. */
function levels(share) {
  const value = 255 * share;
  if (value < 0.05) return "less than 0.1/255";
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)}/255`;
}

/** The choice of the class to decode as; the first entry leaves it to the code under the pointer. */
export class ClassChoice {
  constructor(part, epochs, onChoose) {
    this.select = part("class");
    part("condition").hidden = !epochs.conditions;
    if (!epochs.conditions) return;
    this.own = element("option", { value: "" }, ["the nearest code's own"]);
    const options = epochs.classes.map((name, k) => element("option", { value: String(k) }, [name]));
    this.select.replaceChildren(this.own, ...options);
    this.select.onchange = () => onChoose(this.select.value === "" ? null : Number(this.select.value));
    // The dashboard has shortcuts of its own, and a letter typed here seeks a class.
    part("condition").onkeydown = (event) => event.stopPropagation();
  }

  /** @param {?string} name of the class that stands for the code's own now. */
  show(name) {
    const text = `the code's own${name === null ? "" : `: ${name}`}`;
    if (this.own.textContent !== text) this.own.textContent = text;
  }
}
