// One denoiser's card: its image, its numbers, what the classifier sees, and a filter's parameter.
import { debounced, element, paintPixels } from "../../lib/ui/dom.js";

// A held arrow key is one choice, as a drag is: it is sent when the keys rest.
const KEYS_REST_MS = 250;
const EXACT = 100;

export class Card {
  /** @param {(value: ?number) => void} onParameter called with a parameter that was moved, null for the usual one. */
  constructor(onParameter) {
    this.onParameter = onParameter;
    this.canvas = element("canvas", { role: "img", "data-testid": "denoised" });
    this.badge = element("span", { className: "badge", hidden: true }, ["best PSNR"]);
    this.tag = element("span", { className: "tag", hidden: true });
    this.title = element("p", { className: "name" });
    this.about = element("p", { className: "about" });
    this.values = element("dl");
    this.picture = element("div", { className: "picture" }, [this.canvas, this.badge, this.tag]);
    this.node = element("li", {}, [this.picture, this.title, this.about, this.values]);
    this.send = debounced((value) => this.onParameter(value), KEYS_REST_MS);
  }

  /** What stays while the noise moves. */
  describe({ name, title, note, parameter, best }) {
    this.node.dataset.name = name;
    this.title.textContent = title;
    this.name = title;
    this.node.classList.toggle("is-best", best);
    this.badge.hidden = !best;
    if (parameter) this.offer(parameter);
    else if (this.about.textContent !== note || this.form) {
      this.about.replaceChildren(note);
      this.about.title = note;
      this.form?.remove();
      this.form = null;
    }
  }

  /** A button that opens a slider in place of the numbers, so that the image stays in sight. */
  offer({ title, minimum, maximum, step, value, usual, help }) {
    if (!this.form) this.buildForm();
    this.opener.textContent = `${title}: ${value}`;
    this.opener.title = help;
    this.opener.setAttribute("aria-label", `${this.name}, ${title}: ${value}; adjust`);
    Object.assign(this.slider, { min: minimum, max: maximum, step });
    if (this.pending === undefined || this.pending === value) {
      this.pending = undefined;
      this.slider.value = String(value);
    }
    this.slider.setAttribute("aria-label", `${this.name}, ${title}`);
    this.back.textContent = `Back to ${usual}`;
    this.back.disabled = value === usual;
    this.usual = usual;
    this.words = title;
  }

  buildForm() {
    this.opener = element("button", { className: "opener", type: "button", "aria-expanded": "false" });
    this.slider = element("input", { type: "range" });
    this.back = element("button", { type: "button" });
    this.back.title = "The value that did best on training images with this noise at this level.";
    this.form = element("div", { className: "form", hidden: true }, [this.slider, this.back]);
    this.opener.onclick = () => this.open(this.form.hidden);
    this.form.onkeydown = ({ key }) => {
      if (key !== "Escape") return;
      this.open(false);
      this.opener.focus();
    };
    this.slider.oninput = () => this.move(this.slider.valueAsNumber);
    this.back.onclick = () => {
      this.slider.value = String(this.usual);
      this.move(this.usual);
      this.send.cancel();
      this.onParameter(null);
    };
    this.about.replaceChildren(this.opener);
    this.node.append(this.form);
  }

  open(isOpen) {
    this.form.hidden = !isOpen;
    this.node.classList.toggle("is-open", isOpen);
    this.opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.slider.focus();
  }

  move(value) {
    this.pending = value;
    this.opener.textContent = `${this.words}: ${value}`;
    this.markStale(true);
    this.send(value);
  }

  /** Whether what is shown is of another noise or setting than the one that is set. */
  markStale(isStale) {
    this.node.classList.toggle("is-stale", isStale);
    if (isStale) this.tell("");
  }

  tell(text) {
    this.tag.textContent = text;
    this.tag.hidden = !text;
  }

  /**
   * @param {Uint8ClampedArray} rgba
   * @param {number[]} shape [h, w, c].
   */
  paint(rgba, [h, w]) {
    paintPixels(this.canvas, rgba, w, h);
    this.canvas.style.aspectRatio = `${w} / ${h}`;
  }

  /**
   * @param {{psnr: ?number, ssim: ?number, seen: ?{words: string, sure: number, isOther: boolean, help: string}, milliseconds: ?string}} numbers
   */
  say({ psnr, ssim, seen, milliseconds }) {
    const rows = [
      ["PSNR ↑", decibels(psnr), ""],
      ["SSIM ↑", Number.isFinite(ssim) ? ssim.toFixed(3) : "—", ""],
      ["Time ↓", milliseconds ?? "—", "For this image on the server's computer: the median of several calls."],
    ];
    if (seen) rows.push(["Seen as", `${seen.isOther ? "≠ " : ""}${seen.words}, ${Math.round(100 * seen.sure)} %`, seen.help]);
    const said = JSON.stringify(rows);
    if (this.said === said) return;
    this.said = said;
    this.values.replaceChildren(...rows.map((row) => numbered(...row)));
    this.canvas.setAttribute("aria-label", `${this.name}: PSNR ${rows[0][1]}`);
  }
}

function numbered(label, value, help) {
  const className = value.startsWith("≠") ? "other" : "";
  return element("div", { title: help, className }, [element("dt", {}, [label]), element("dd", {}, [value])]);
}

function decibels(psnr) {
  if (!Number.isFinite(psnr)) return "—";
  return psnr >= EXACT ? "exact" : `${psnr.toFixed(2)} dB`;
}
