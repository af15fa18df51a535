// The grid: a button per sample, one of them reached by Tab and the others by arrows; the lit one is marked.
import { arranged, beside } from "./arrangement.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { imageToRgba, storedImage } from "../../lib/ui/pixels.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";

const FOLDED_PX = 900;
const BELOW = 8;

export class SampleGrid {
  constructor(root, bytes) {
    this.bytes = bytes;
    this.root = root;
    this.list = root.querySelector('[data-part="list"]');
    this.chosen = null;
  }

  start() {
    this.load();
    this.resized = new ResizeObserver(() => this.arrange());
    this.resized.observe(this.root);
    this.onWindow = () => this.arrange();
    window.addEventListener("resize", this.onWindow);
  }

  renew() {
    this.arrange();
  }

  load() {
    const { tensors, metadata } = parseSafetensors(this.bytes);
    this.tensors = tensors;
    this.about = JSON.parse(metadata.samples);
    this.group = groupNamed(this.about.group);
    this.leave = this.group.join(this);
    this.buttons = this.about.codes.map((_, k) => this.button(k));
    this.list.replaceChildren(...this.buttons.map((button) => element("li", {}, [button])));
    this.list.onkeydown = (event) => this.turn(event);
    this.list.onpointerleave = () => this.light(this.chosen);
    this.arrange();
    const { codes, shows_normal: showsNormal } = this.about;
    const words = codes.map((_, k) => this.words(k));
    this.group.set({ samples: { places: tensors.places?.data ?? null, words, showsNormal }, lit: null });
  }

  words(k) {
    const lines = this.about.captions[k] ?? [];
    return [`Sample ${k + 1}`, ...lines, `z = ${this.about.codes[k]}`].join(" · ");
  }

  button(k) {
    const [, ...shape] = this.tensors.images.shape;
    const pictures = ["images", "nearest"].filter((name) => this.tensors[name]).map((name) => {
      const canvas = element("canvas", { className: name === "nearest" ? "real" : "" });
      const image = storedImage(this.tensors[name].data, k, shape);
      paintPixels(canvas, imageToRgba(image, shape), shape[1], shape[0]);
      return canvas;
    });
    const lines = (this.about.captions[k] ?? []).map((text) => element("span", { className: "line", title: text }, [text]));
    const label = { "aria-label": this.words(k), "data-testid": "sample" };
    const button = element("button", { type: "button", ...label }, [element("span", { className: "pair" }, pictures), ...lines]);
    button.tabIndex = k ? -1 : 0;
    button.onpointerenter = (event) => event.pointerType !== "touch" && this.light(k);
    button.onfocus = () => this.choose(k);
    button.onclick = () => this.choose(k);
    return button;
  }

  choose(k) {
    this.chosen = k;
    this.buttons.forEach((button, other) => (button.tabIndex = other === k ? 0 : -1));
    this.light(k);
  }

  light(k) {
    this.group.set({ lit: k });
  }

  stateChanged({ lit }) {
    if (lit !== undefined) this.buttons.forEach((button, k) => button.classList.toggle("is-lit", k === lit));
  }

  turn(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      this.chosen = null;
      this.light(null);
      return;
    }
    const from = this.buttons.indexOf(event.target);
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const to = beside(from, event.key, columns, this.buttons.length);
    if (from < 0 || to === from) return;
    event.preventDefault();
    // The dashboard has shortcuts of its own.
    event.stopPropagation();
    this.buttons[to].focus();
  }

  /** As large as all are in sight; where the page is folded it scrolls, and only the width counts. */
  arrange() {
    const [count, height, width] = this.tensors.images.shape;
    const room = { width: this.root.clientWidth - 4, height: this.heightLeft() };
    if (room.width <= 0) return;
    const images = this.tensors.nearest ? 2 : 1;
    const lines = this.about.captions[0]?.length ?? 0;
    const narrow = room.height === Infinity ? { ...room, height: 0 } : room;
    const { scale, cell } = arranged({ count, height, width, images, lines }, narrow);
    this.list.style.setProperty("--cell", `${cell}px`);
    this.list.style.height = room.height === Infinity ? "" : `${room.height}px`;
    for (const canvas of this.list.querySelectorAll("canvas")) showAt(canvas, width, height, scale);
  }

  heightLeft() {
    if (window.innerWidth < FOLDED_PX) return Infinity;
    const scroller = document.querySelector('[data-testid="stMain"]');
    const top = this.root.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
    return Math.max(280, Math.floor(window.innerHeight - top - BELOW));
  }

  dispose() {
    this.resized?.disconnect();
    if (this.onWindow) window.removeEventListener("resize", this.onWindow);
    this.leave?.();
  }
}
