// One pad: pointers and keys to strokes, undo, and the way back to Python.
import { debounced } from "../../lib/ui/dom.js";
import { Ink, widthAt } from "./strokes.js";
import { storeDrawing } from "./storage.js";

// Between the strokes of one figure a hand rests less than this.
const STROKES_REST_MS = 500;
const MOST_UNDOS = 30;
// Of the canvas: a figure that fills most of it becomes lines as thick as MNIST's.
const SIZES = { min: 0.03, max: 0.2, usual: 0.085 };
const KEY_STEP = 0.04;
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** What a text in base64 stands for; nothing where it is none. */
function bytesOf(text) {
  try {
    return atob(text);
  } catch {
    return "";
  }
}

export class DrawPad {
  /** The sides are those of a drawing, in pixels. */
  constructor(root, { height, width }) {
    this.root = root;
    this.host = null;
    this.canvas = this.part("canvas");
    this.ink = new Ink(this.canvas, height, width);
    // The widest brush and a step of the keys are shares of the longer side.
    this.longest = Math.max(this.canvas.width, this.canvas.height);
    this.canvas.parentElement.style.aspectRatio = `${width} / ${height}`;
    this.canvas.parentElement.style.maxWidth = `${Math.round((100 * width) / Math.max(height, width))}%`;
    this.form = height === width ? "" : `${height}x${width}:`;
    this.undos = [];
    this.pointer = null;
    this.place = null;
    this.sent = null;
    this.commit = debounced(() => this.send(), STROKES_REST_MS);
    this.listen();
    this.tell();
  }

  /** Whether it has these sides. */
  has({ height, width }) {
    return this.ink.height === height && this.ink.width === width;
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => this.begin(event);
    canvas.onpointermove = (event) => this.extend(event);
    canvas.onpointerup = (event) => this.end(event);
    canvas.onpointercancel = (event) => this.end(event);
    canvas.onkeydown = (event) => this.press(event);
    canvas.onblur = () => this.lift();
    const size = this.part("size");
    Object.assign(size, { min: SIZES.min, max: SIZES.max, step: 0.005, value: SIZES.usual });
    size.oninput = () => this.showSize();
    this.showSize();
    const eraser = this.part("eraser");
    eraser.onclick = () => eraser.setAttribute("aria-pressed", String(!this.erases()));
    this.part("undo").onclick = () => this.undo();
    this.part("clear").onclick = () => this.change(() => this.ink.clear(), "Cleared");
  }

  erases() {
    return this.part("eraser").getAttribute("aria-pressed") === "true";
  }

  width() {
    return this.part("size").valueAsNumber * this.longest;
  }

  showSize() {
    // As large as on the pad at its usual 320 px, but never larger than its place.
    this.part("dot").style.setProperty("--dot", `${Math.min(28, this.part("size").valueAsNumber * 320)}px`);
  }

  /** Where on the canvas an event is, in its own pixels. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  begin(event) {
    // A second finger draws nothing; a pen's other end erases.
    if (this.pointer !== null || (event.button !== 0 && event.button !== 5)) return;
    this.hidePlace();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.commit.cancel();
    this.remember();
    this.ink.begin(...this.at(event), widthAt(event, this.width()), this.erases() || event.button === 5);
    this.part("invitation").hidden = true;
  }

  extend(event) {
    if (event.pointerId !== this.pointer) return;
    // A fast hand moves several times a frame.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) {
      this.ink.extend(...this.at(move), widthAt(move, this.width()));
    }
  }

  end(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.ink.end(widthAt(event, this.width()));
    this.tell();
    this.commit();
  }

  press(event) {
    const arrow = ARROWS[event.key];
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!arrow && !isUndo && event.key !== " ") return;
    event.preventDefault();
    if (isUndo) this.undo();
    else if (arrow) this.step(arrow);
    else this.isDown ? this.lift() : this.lower();
  }

  /** Moves the place where keys draw, and draws if the pen is down. */
  step([dx, dy]) {
    const { height, width } = this.canvas;
    const from = this.place ?? [width / 2, height / 2];
    const bounded = (value, most) => Math.min(most, Math.max(0, value));
    const length = KEY_STEP * this.longest;
    this.place = [bounded(from[0] + dx * length, width), bounded(from[1] + dy * length, height)];
    if (this.isDown) this.ink.extend(...this.place, this.width());
    this.showPlace();
  }

  lower() {
    this.place ??= [this.canvas.width / 2, this.canvas.height / 2];
    this.isDown = true;
    this.commit.cancel();
    this.remember();
    this.ink.begin(...this.place, this.width(), this.erases());
    this.part("invitation").hidden = true;
    this.showPlace();
  }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.ink.end(this.width());
    this.showPlace();
    this.tell();
    this.commit();
  }

  showPlace() {
    const mark = this.part("place");
    const [across, down] = [(100 * this.place[0]) / this.canvas.width, (100 * this.place[1]) / this.canvas.height];
    mark.hidden = false;
    mark.classList.toggle("is-down", Boolean(this.isDown));
    mark.style.left = `${across}%`;
    mark.style.top = `${down}%`;
    const pen = this.isDown ? "Pen down" : "Pen up";
    this.part("live").textContent = `${pen}, ${Math.round(across)} % across, ${Math.round(down)} % down`;
  }

  hidePlace() {
    this.lift();
    this.place = null;
    this.part("place").hidden = true;
  }

  remember() {
    this.undos.push(this.ink.snapshot());
    if (this.undos.length > MOST_UNDOS) this.undos.shift();
  }

  change(work, words) {
    this.hidePlace();
    this.remember();
    work();
    this.part("live").textContent = words;
    this.tell();
    this.commit();
  }

  undo() {
    const snapshot = this.undos.pop();
    if (!snapshot) return;
    this.isDown = false;
    this.ink.revert(snapshot);
    this.part("live").textContent = "Undone";
    this.tell();
    this.commit();
  }

  /** Which buttons there is something for. */
  tell() {
    const isEmpty = !this.ink.greys().some((grey) => grey > 0);
    this.part("undo").disabled = this.undos.length === 0;
    this.part("clear").disabled = isEmpty;
    this.part("invitation").hidden = !isEmpty;
  }

  /** The drawing as text, or null where the pad is empty. */
  drawing() {
    const greys = this.ink.greys();
    if (!greys.some((grey) => grey > 0)) return null;
    let text = "";
    for (const grey of greys) text += String.fromCharCode(grey);
    return this.form + btoa(text);
  }

  send() {
    const drawing = this.drawing();
    if (drawing === this.sent) return;
    this.sent = drawing;
    storeDrawing(drawing);
    this.host.setStateValue("drawing", drawing);
  }

  /** What was restored is not what Python has. */
  tellAgain() {
    this.sent = null;
    this.send();
  }

  restore(text) {
    if (!text.startsWith(this.form)) return;
    const greys = Uint8Array.from(bytesOf(text.slice(this.form.length)), (letter) => letter.charCodeAt(0));
    if (greys.length !== this.ink.height * this.ink.width) return;
    this.ink.paint(greys);
    this.sent = text;
    this.tell();
  }

  dispose() {
    this.commit.cancel();
  }
}
