// One canvas: the noise at the slider's level, its PSNR, and what is dragged over it.
import { debounced, paintPixels } from "../../lib/ui/dom.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { ALL as CORRUPTIONS } from "../corruptions/all.js";
import { noisyImage, psnr } from "./noisy.js";
import { toRgba, unpack } from "./packed.js";

// A held arrow key is one choice, as a drag is: it is sent when the keys rest.
const KEYS_REST_MS = 250;
// What Python said of the noise before is pale meanwhile (denoise.css).
const CHANGING = "is-changing-noise";
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class NoiseCanvas {
  constructor(root) {
    this.root = root;
    this.bytes = null;
    this.host = null;
    this.isMoving = false;
    this.commit = debounced(() => this.send(), KEYS_REST_MS);
    this.listen();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  listen() {
    const slider = this.part("slider");
    slider.oninput = () => this.move({ level: slider.valueAsNumber });
    slider.onchange = () => this.commit();
    const surface = this.part("noisy");
    surface.onpointerdown = (event) => this.grab(event);
    surface.onpointermove = (event) => this.drag(event);
    surface.onpointerup = (event) => this.release(event);
    surface.onpointercancel = (event) => this.release(event);
    surface.onkeydown = (event) => this.nudge(event);
  }

  /** Takes over what Python sent, but not a place of the slider that it only hands back. */
  open(bytes) {
    const before = this.about;
    const about = unpack(bytes);
    this.bytes = bytes;
    this.about = about;
    if (!this.group || before.group !== about.group) this.join(about.group);
    const isNew = !before || before.kind !== about.kind;
    const isMoved = JSON.stringify(about.start) !== JSON.stringify(before?.start);
    const isOwn = JSON.stringify(about.start) === this.sent;
    // The person may be sliding on while Python still answers the last release.
    if (isNew || (isMoved && !isOwn)) {
      this.commit.cancel();
      this.now = { ...about.start };
      this.sent = JSON.stringify(this.now);
      this.isMoving = false;
    }
    this.dress();
    this.show();
  }

  join(name) {
    this.leave?.();
    this.group = groupNamed(name);
    this.leave = this.group.join(this);
    this.stateChanged(this.group.state);
  }

  /** What the classifier sees in both images, if others of the group say. */
  stateChanged({ seen }) {
    if (!seen) return;
    for (const name of ["clean", "noisy"]) {
      const found = seen[name];
      this.part(`${name}-seen`).title = found?.help ?? "";
      this.part(`${name}-seen`).textContent = found
        ? `Seen as ${found.isOther ? "≠ " : ""}${found.words}, ${Math.round(100 * found.sure)} %`
        : "";
    }
  }

  /** What changes with the kind of noise. */
  dress() {
    const { name, minimum, maximum, step, is_placed: isPlaced, shape, image } = this.about;
    const slider = this.part("slider");
    Object.assign(slider, { min: minimum, max: maximum, step });
    slider.value = String(this.now.level);
    this.part("name").textContent = name;
    this.part("hint").hidden = !isPlaced;
    const surface = this.part("noisy");
    surface.classList.toggle("is-movable", isPlaced);
    if (isPlaced) surface.tabIndex = 0;
    else surface.removeAttribute("tabindex");
    surface.setAttribute("role", isPlaced ? "application" : "img");
    surface.setAttribute("aria-label", isPlaced ? "Noisy image; the arrow keys move what covers it" : "Noisy image");
    for (const canvas of [surface, this.part("clean")]) canvas.style.aspectRatio = `${shape[1]} / ${shape[0]}`;
    paintPixels(this.part("clean"), toRgba(image, shape), shape[1], shape[0]);
  }

  show() {
    const { shape, image, kind, draws, step } = this.about;
    const { level, y, x } = this.now;
    const corrupt = CORRUPTIONS[kind];
    if (!corrupt) throw new Error(`There is no noise called "${kind}".`);
    const noisy = noisyImage(corrupt, image, shape, level, { ...draws, centre: [y, x] });
    paintPixels(this.part("noisy"), toRgba(noisy, shape), shape[1], shape[0]);
    const decibels = psnr(image, noisy);
    this.part("psnr").textContent = Number.isFinite(decibels) ? `PSNR ${decibels.toFixed(2)} dB ↑` : "PSNR ∞ dB ↑";
    const number = level.toFixed((String(step).split(".")[1] ?? "").length);
    this.part("number").textContent = number;
    const { token, is_placed: isPlaced } = this.about;
    const { isMoving } = this;
    this.group.set({ noise: { token, kind, level, y, x, isPlaced, isMoving, shape, clean: image, noisy } });
    this.part("slider").setAttribute("aria-valuetext", `${number}, PSNR ${Number.isFinite(decibels) ? decibels.toFixed(1) : "infinite,"} decibels`);
  }

  move(change) {
    Object.assign(this.now, change);
    this.isMoving = true;
    document.body.classList.add(CHANGING);
    this.show();
  }

  place(event) {
    const box = this.part("noisy").getBoundingClientRect();
    this.centre((event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width);
  }

  /** Puts the centre there, the upper left corner on whole pixels: so a square keeps its size on its way. */
  centre(y, x) {
    const [h, w] = this.about.shape;
    const snapped = (share, length) => {
      const half = (this.now.level * length) / 2;
      const corner = Math.round(share * length - half);
      return rounded(Math.min(1, Math.max(0, (corner + half) / length)));
    };
    this.move({ y: snapped(y, h), x: snapped(x, w) });
  }

  grab(event) {
    if (!this.about?.is_placed || event.button !== 0) return;
    const surface = this.part("noisy");
    surface.setPointerCapture(event.pointerId);
    surface.classList.add("is-moving");
    this.place(event);
  }

  drag(event) {
    if (this.part("noisy").hasPointerCapture(event.pointerId)) this.place(event);
  }

  release(event) {
    const surface = this.part("noisy");
    if (!surface.classList.contains("is-moving")) return;
    surface.classList.remove("is-moving");
    surface.releasePointerCapture?.(event.pointerId);
    this.commit.cancel();
    this.send();
  }

  nudge(event) {
    const step = STEPS[event.key];
    if (!step || !this.about?.is_placed) return;
    event.preventDefault();
    const [h, w] = this.about.shape;
    this.centre(this.now.y + step[0] / h, this.now.x + step[1] / w);
    this.part("live").textContent = `Centre at ${Math.round(100 * this.now.x)} % across, ${Math.round(100 * this.now.y)} % down`;
    this.commit();
  }

  send() {
    this.isMoving = false;
    document.body.classList.remove(CHANGING);
    this.show();
    const text = JSON.stringify(this.now);
    if (text === this.sent) return;
    this.sent = text;
    this.host.setStateValue("noise", { ...this.now });
  }

  dispose() {
    document.body.classList.remove(CHANGING);
    this.commit.cancel();
    this.leave?.();
  }
}

/** To six decimals: the address keeps it, and no pixel tells the difference. */
function rounded(share) {
  return Math.round(share * 1e6) / 1e6;
}
