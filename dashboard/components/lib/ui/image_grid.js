// A grid of images that scrolls however many there are: only those in sight are drawn.
import { element, paintPixels, showAt } from "./dom.js";
import { imageToRgba, wholeScale } from "./pixels.js";

// CSS px of an image's longer side, between two tiles, and of a caption's line.
const ROOM = 56;
const GAP = 6;
const CAPTION = 16;
// Rows drawn above and below those in sight.
const SPARE = 1;
let grids = 0;

export class ImageGrid {
  /**
   * @param {HTMLElement} node scrolls; it is a list box of images.
   * @param {number[]} shape [h, w, c] of an image.
   * @param {Object} calls `paint(rows, onImage)` gives the images of rows as (c, h, w), now or later, and returns
   *   {cancel}; `describe(row)` gives {label, caption, colour}; `choose(row, timeStamp)` is told of a click or Enter,
   *   `point(row)` of the row that is pointed at, -1 for none.
   */
  constructor(node, shape, calls) {
    this.node = node;
    this.shape = shape;
    this.calls = calls;
    this.name = `grid-${grids++}`;
    this.rows = [];
    this.tiles = new Map();
    this.at = 0;
    this.chosen = -1;
    this.job = null;
    const [h, w] = shape;
    this.scale = wholeScale(h, w, ROOM);
    this.field = element("div", { className: "grid-field", role: "presentation" });
    node.setAttribute("role", "listbox");
    node.tabIndex = 0;
    node.replaceChildren(this.field);
    node.onscroll = () => this.drawSoon();
    node.onkeydown = (event) => this.press(event);
    node.onfocus = () => this.goTo(this.at);
    node.onclick = (event) => {
      const k = this.placeOf(event);
      if (k < 0) return;
      this.goTo(k);
      calls.choose(this.rows[k], event.timeStamp);
    };
    node.onpointerover = (event) => calls.point(this.rows[this.placeOf(event)] ?? -1);
    node.onpointerleave = () => calls.point(-1);
    this.resized = new ResizeObserver(() => this.drawSoon());
    this.resized.observe(node);
  }

  placeOf(event) {
    return Number(event.target.closest?.(".grid-tile")?.dataset.place ?? -1);
  }

  /** @param {number[]} rows in order. @param {string} label what they are. @param {boolean} hasCaptions */
  show(rows, label, hasCaptions) {
    this.rows = rows;
    this.at = 0;
    this.captionRoom = hasCaptions ? CAPTION : 0;
    this.node.setAttribute("aria-label", label);
    this.node.scrollTop = 0;
    this.job?.cancel();
    this.tiles.clear();
    this.field.replaceChildren();
    this.drawSoon();
  }

  /** The row that is chosen elsewhere. */
  mark(row) {
    this.chosen = row;
    for (const [k, tile] of this.tiles) tile.node.setAttribute("aria-selected", String(this.rows[k] === row));
  }

  measure() {
    const [h, w] = this.shape;
    const [width, height] = [w * this.scale + GAP, h * this.scale + GAP + this.captionRoom];
    return { width, height, columns: Math.max(1, Math.floor((this.node.clientWidth - GAP) / width)) };
  }

  drawSoon() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const { node, rows } = this;
    if (!node.clientWidth || !node.clientHeight) return;
    const { height, columns } = this.measure();
    this.field.style.height = `${Math.ceil(rows.length / columns) * height + GAP}px`;
    const first = Math.max(0, Math.floor(node.scrollTop / height) - SPARE) * columns;
    const end = Math.min(rows.length, (Math.ceil((node.scrollTop + node.clientHeight) / height) + SPARE) * columns);
    for (const [k, tile] of this.tiles) {
      if (k >= first && k < end) continue;
      tile.node.remove();
      this.tiles.delete(k);
    }
    const fresh = [];
    for (let k = first; k < end; k++) {
      if (!this.tiles.has(k)) {
        this.tiles.set(k, this.build(k));
        this.field.append(this.tiles.get(k).node);
      }
      this.lay(this.tiles.get(k).node, k);
      if (!this.tiles.get(k).isPainted) fresh.push(k);
    }
    this.paint(fresh);
  }

  build(k) {
    const row = this.rows[k];
    const { label, caption, colour } = this.calls.describe(row);
    const [h, w] = this.shape;
    const canvas = element("canvas", { width: w, height: h, "aria-hidden": "true" });
    showAt(canvas, w, h, this.scale);
    const words = this.captionRoom ? [element("span", { className: "grid-caption" }, [caption])] : [];
    const node = element("div", { id: `${this.name}-${k}`, className: "grid-tile", role: "option", title: label, "aria-label": label,
      "aria-selected": String(row === this.chosen), "aria-setsize": String(this.rows.length), "aria-posinset": String(k + 1),
      "data-place": String(k), "data-testid": "grid-tile", style: `--class-colour: ${colour}` }, [canvas, ...words]);
    return { node, canvas, isPainted: false };
  }

  lay(node, k) {
    const { width, height, columns } = this.measure();
    node.style.transform = `translate(${GAP + (k % columns) * width}px, ${GAP + Math.floor(k / columns) * height}px)`;
    node.style.width = `${width - GAP}px`;
    node.classList.toggle("is-current", k === this.at);
  }

  paint(places) {
    if (!places.length) return;
    this.job?.cancel();
    const [h, w] = this.shape;
    const tiles = places.map((k) => this.tiles.get(k));
    this.job = this.calls.paint(places.map((k) => this.rows[k]), (n, image) => {
      if (!image) return;
      paintPixels(tiles[n].canvas, imageToRgba(image, this.shape), w, h);
      tiles[n].isPainted = true;
    });
  }

  // ---- The keyboard

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { columns, height } = this.measure();
    const page = columns * Math.max(1, Math.floor(this.node.clientHeight / height));
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
    const isChoice = event.key === "Enter" || event.key === " ";
    if (!isChoice && !Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    // The dashboard has shortcuts of its own.
    event.stopPropagation();
    if (isChoice) this.calls.choose(this.rows[this.at], event.timeStamp);
    else this.goTo(Math.min(Math.max(this.at + steps[event.key], 0), this.rows.length - 1));
  }

  goTo(k) {
    if (!this.rows.length) return;
    this.at = k;
    const { height, columns } = this.measure();
    const top = Math.floor(k / columns) * height;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + height + GAP > this.node.scrollTop + this.node.clientHeight) this.node.scrollTop = top + height + GAP - this.node.clientHeight;
    this.draw();
    this.node.setAttribute("aria-activedescendant", `${this.name}-${k}`);
    this.calls.point(this.rows[k]);
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.job?.cancel();
    this.resized.disconnect();
  }
}
