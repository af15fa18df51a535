// The cards together: which follow the noise by themselves, which are shown from a grid, and which are stale.
import { parseSafetensors } from "../../lib/decoder/safetensors.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { toRgba } from "../../noise_canvas/frontend/packed.js";
import { Card } from "./card.js";
import { columnsFor } from "./fit.js";
import { Networks } from "./networks.js";
import { Runner } from "./runner.js";

const SURE = "The share is the probability that the classifier gives its answer.";

export class DenoiserCards {
  constructor(root, bytes, host, workerSource) {
    this.root = root;
    this.bytes = bytes;
    this.host = host;
    this.workerSource = workerSource;
    this.cards = new Map();
    this.grid = null;
    this.noise = null;
    this.best = null;
    // How often Python has answered, and a grid has come: they tell images of one name apart.
    this.answers = 0;
    this.grids = 0;
    this.list = root.querySelector('[data-part="cards"]');
  }

  start() {
    this.runner = new Runner(this.workerSource, (...answer) => this.show(...answer), (text) => this.fail(text));
    this.networks = new Networks(() => {
      if (this.runner.keep(this.networks.here)) this.follow();
    });
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.root);
    this.onResize = () => this.fit();
    addEventListener("resize", this.onResize);
    this.open();
    this.group = groupNamed(this.about.group);
    this.leave = this.group.join(this);
    this.contributed();
    this.stateChanged(this.group.state);
  }

  renew(host) {
    this.host = host;
  }

  /** Goes on with what Python made of another level or image: nothing that follows the noise starts again. */
  takes(bytes) {
    this.bytes = bytes;
    this.open();
    this.follow();
    return true;
  }

  open() {
    const { tensors, metadata } = parseSafetensors(this.bytes);
    this.about = JSON.parse(metadata.cards);
    this.answers++;
    const size = this.about.shape.reduce((total, length) => total * length, 1);
    const { data } = tensors.images;
    this.settled = new Map(
      this.about.cards.map((card, row) => [card.name, { ...card, image: floats(data.subarray(row * size, (row + 1) * size)) }]),
    );
    for (const name of [...this.cards.keys()]) if (!this.settled.has(name)) this.cards.delete(name);
    // Which is best is told with the order: at rest.
    if (!this.isMoving) this.best = null;
    for (const card of this.about.cards) this.describe(card);
    this.order();
    this.fit();
    this.networks.want(this.about.networks);
    this.runner.keep(this.networks.here);
    if (!this.noise) for (const name of this.cards.keys()) this.showSettled(name);
  }

  describe(card) {
    if (!this.cards.has(card.name)) {
      const send = (value) => this.host.setStateValue("parameter", { name: card.name, value });
      this.cards.set(card.name, new Card(send));
    }
    const { best, ...others } = card;
    if (best && !this.isMoving) this.best = card.name;
    this.cards.get(card.name).describe({ ...others, best: this.best === card.name });
  }

  get isMoving() {
    return Boolean(this.noise?.isMoving);
  }

  /** Best first, but never under a moving hand. */
  order() {
    const nodes = this.about.cards.map(({ name }) => this.cards.get(name).node);
    const isSame = nodes.length === this.list.children.length && nodes.every((node, i) => node === this.list.children[i]);
    if (isSame) return;
    if (this.isMoving) {
      const known = [...this.list.children].filter((node) => nodes.includes(node));
      this.list.replaceChildren(...known, ...nodes.filter((node) => !known.includes(node)));
      this.isOutOfOrder = true;
      return;
    }
    const focused = this.root.getRootNode().activeElement;
    this.list.replaceChildren(...nodes);
    if (focused && this.list.contains(focused)) focused.focus({ preventScroll: true });
    this.isOutOfOrder = false;
  }

  fit() {
    const { width, top } = this.root.getBoundingClientRect();
    if (!width) return;
    const count = columnsFor(this.cards.size, width, innerHeight - Math.max(top, 0) - 8);
    this.list.style.setProperty("--columns", String(count));
  }

  /** A grid came or went. */
  contributed() {
    this.grid = [...this.group.contributions.values()].find(({ grid }) => grid)?.grid ?? null;
    this.grids++;
    if (this.grid) this.follow();
  }

  stateChanged({ noise }) {
    if (!noise) return;
    this.noise = noise;
    if (!noise.isMoving && this.isOutOfOrder) this.open();
    this.follow();
  }

  /** Whether Python's answer is of the noise that is set. */
  get isSettled() {
    return this.isOf(this.about) && this.noise.level === this.about.noise.level && this.isThere(this.about);
  }

  isOf({ token, noise }) {
    return Boolean(this.noise) && token === this.noise.token && noise.kind === this.noise.kind;
  }

  isThere({ noise }) {
    return !this.noise.isPlaced || (noise.y === this.noise.y && noise.x === this.noise.x);
  }

  /** Has all cards show the noise that is set. */
  follow() {
    if (!this.noise || this.noise.shape.join() !== this.about.shape.join()) return;
    const { isSettled } = this;
    const row = this.rowOfGrid();
    const given = {};
    const models = [];
    for (const [name, { role, image }] of this.settled) {
      const card = this.cards.get(name);
      if (role === "model" && this.runner.has(name)) models.push(name);
      else if (isSettled) given[name] = { image, key: `answer ${this.answers}` };
      else if (row?.images.has(name)) given[name] = { image: row.images.get(name), key: `${this.grids} ${row.level}` };
      else card.markStale(true);
    }
    const { clean, noisy, shape, token } = this.noise;
    const tag = !isSettled && row && row.level !== this.noise.level ? `at ${row.level}` : "";
    this.runner.run({ clean, noisy, shape, models, given, token, isSettled, tag });
  }

  /** What the grid has at the level nearest to the one that is set: its level, and images by name. */
  rowOfGrid() {
    if (!this.grid || !this.isOf(this.grid) || !this.isThere(this.grid)) return null;
    const { levels, names } = this.grid;
    const distance = (level) => Math.abs(level - this.noise.level);
    const at = levels.reduce((best, level, i) => (distance(level) < distance(levels[best]) ? i : best), 0);
    const size = this.grid.images.length / (levels.length * names.length);
    const image = (k) => floats(this.grid.images.subarray((at * names.length + k) * size, (at * names.length + k + 1) * size));
    return { level: levels[at], images: new Map(names.map((name, k) => [name, image(k)])) };
  }

  /** The worker's answer. */
  show(results, { given, shape, isSettled, tag }) {
    const cleanSeen = results.clean.seen;
    const words = (seen) => this.seenWords(seen, cleanSeen);
    for (const [name, { image, psnr, ssim, seen }] of Object.entries(results)) {
      const card = this.cards.get(name);
      const settled = this.settled.get(name);
      if (!card || !image || !settled) continue;
      card.paint(toRgba(image, shape), shape);
      const numbers = isSettled ? { psnr: settled.psnr, ssim: settled.ssim } : { psnr, ssim };
      card.say({ ...numbers, seen: words(seen) ?? (isSettled ? settled.seen : null), milliseconds: settled.milliseconds });
      card.markStale(settled.waits);
      card.tell(settled.waits ? "being fitted" : name in given ? tag : "");
    }
    this.group.set({ seen: { clean: words(cleanSeen), noisy: words(results.noisy.seen) } });
    this.root.dataset.shown = String(this.noise.level);
  }

  /** What the classifier sees, for people. */
  seenWords(seen, ofClean) {
    if (!seen) return null;
    const { classes } = this.about;
    const words = seen.known === null ? "none" : classes[seen.known];
    const help = `${seen.known === null ? `Nothing that the classifier knows; nearest: ${classes[seen.nearest]}. ` : ""}${SURE}`;
    return { words, help, sure: seen.sure, isOther: seen.known !== ofClean?.known };
  }

  /** Python's answer, before anything is known of the noise canvas. */
  showSettled(name) {
    const { image, psnr, ssim, seen, milliseconds, waits } = this.settled.get(name);
    const card = this.cards.get(name);
    card.paint(toRgba(image, this.about.shape), this.about.shape);
    card.say({ psnr, ssim, seen, milliseconds });
    card.markStale(waits);
    if (waits) card.tell("being fitted");
  }

  fail(text) {
    const problem = this.root.querySelector('[data-part="problem"]');
    problem.textContent = `The models cannot follow the slider: ${text}`;
    problem.hidden = false;
  }

  dispose() {
    this.sizes?.disconnect();
    removeEventListener("resize", this.onResize);
    this.leave?.();
    this.networks?.dispose();
    this.runner?.dispose();
  }
}

function floats(bytes) {
  return Float32Array.from(bytes, (byte) => byte / 255);
}
