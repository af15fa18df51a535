// The selected images: some of the dots, in an order, and whether the others are hidden.
import { LONGEST_KEPT, find, rangesText, readSubset } from "./find.js";
import { counted } from "../../lib/ui/text.js";
import { throttled } from "../../lib/ui/dom.js";
import { isInside, visibleBox } from "../../lib/scatter/geometry.js";

/** How many neighbours are asked for. */
export const NEIGHBOURS = 12;
const FAINT = 70;
// The neighbours of a position that is dragged along.
const FOLLOW_MS = 120;

export class Subset {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for what there is; told of what follows. */
  constructor(plane) {
    this.plane = plane;
    /** The image of each row, once it is asked for. @type {?number[]} */
    this.images = null;
    /** How many of the nearest to the pin are selected, wherever it goes; 0 where others are. */
    this.near = 0;
    this.follow = throttled(() => this.showNear(), FOLLOW_MS);
    this.put(null);
  }

  /** @param {?{rows: number[], title?: string, query?: string, distances?: number[], near?: number, isAlone?: boolean}} content */
  put(content) {
    this.near = content?.near ?? 0;
    this.rows = content?.rows ?? [];
    this.title = content?.title ?? "";
    this.query = content?.query ?? "";
    /** Of neighbours, from the pin, in order. */
    this.distances = content?.distances ?? null;
    /** Whether the others are hidden. */
    this.isAlone = Boolean(content?.isAlone) && this.rows.length > 0;
    this.members = null;
    this.turn = (this.turn ?? 0) + 1;
  }

  get isEmpty() {
    return !this.rows.length;
  }

  /** Whether dot `i` is to be seen. */
  shows(i) {
    return !this.isAlone || this.mask()[i] === 1;
  }

  mask() {
    if (!this.members) {
      this.members = new Uint8Array(this.plane.labels.length);
      for (const i of this.rows) this.members[i] = 1;
    }
    return this.members;
  }

  /** How strong each dot is, 0 to 255, with 0 for a hidden one; null where all are alike. */
  weights() {
    if (this.isEmpty) return null;
    const others = this.isAlone ? 0 : FAINT;
    return this.mask().map((isIn) => (isIn ? 255 : others));
  }

  // ---- What a person asks for

  /** What the images are, for `find`. */
  get about() {
    const { classes, errors, labels, rows } = this.plane;
    this.images ??= Array.from(labels, (_, row) => rows.imageOf(row));
    return { classes, labels, errors, images: this.images };
  }

  /** Takes what a text names; returns what is wrong with it, or nothing. */
  find(text) {
    const { plane } = this;
    const result = find(text, this.about);
    if (result.problem) return result.problem;
    if (result.images.length === 1 && !result.query) {
      plane.selection.set({ index: plane.rows.rowOf(result.images[0]) }, performance.now());
      plane.commits.selection(0);
      plane.announce(`Image ${counted(result.images[0])} is chosen.`);
      return "";
    }
    this.take({ ...result, rows: result.images.map((image) => plane.rows.rowOf(image)) });
    return "";
  }

  takeInView() {
    const { coordinates: { positions }, stage, viewport, visibility } = this.plane;
    const box = visibleBox(viewport.view(), stage.size);
    const rows = this.all().filter((i) => visibility.isPickable(i) && isInside(box, positions[2 * i], positions[2 * i + 1]));
    this.take({ rows, title: "in this window" });
  }

  /** The class of the chosen image, else of the dot nearest to what is shown. */
  takeClass() {
    const { classes, labels } = this.plane;
    const i = this.plane.selection.chosen?.index ?? this.nearest(1).rows[0];
    if (classes.length && i !== undefined) this.find(`class ${classes[labels[i]]}`);
  }

  takeNeighbours() {
    this.take({ ...this.nearest(NEIGHBOURS), near: NEIGHBOURS, query: `near-${NEIGHBOURS}` });
  }

  /** The images nearest to what is chosen or shown, by the distance of their codes over all dimensions. */
  nearest(count) {
    const { codes, colouring, coordinates, inference, labels, latentDim, rows, selection: { chosen }, visibility } = this.plane;
    const from = chosen ? coordinates.codeOf(chosen) : inference.shown;
    const squared = new Float64Array(codes.length / latentDim);
    for (let i = 0; i < codes.length; i++) squared[Math.floor(i / latentDim)] += (codes[i] - from[i % latentDim]) ** 2;
    // Those too that are out of sight because they are none of the nearest so far.
    const others = this.all().filter((i) => i !== chosen?.index && !visibility.isHidden(labels[i]) && colouring.shows(i));
    const nearest = others.sort((a, b) => squared[a] - squared[b] || a - b).slice(0, count);
    const origin = chosen?.code === undefined && chosen ? `image ${counted(rows.imageOf(chosen.index))}` : chosen ? "the pin" : "the cursor";
    const metric = latentDim === 1 ? "in the latent dimension" : `over all ${latentDim} latent dimensions`;
    return { rows: nearest, distances: nearest.map((i) => Math.sqrt(squared[i])), title: `nearest to ${origin}, ${metric}` };
  }

  /** The neighbours of what is chosen or shown now. */
  showNear() {
    if (!this.near || !this.plane.codes) return;
    const { near, isAlone } = this;
    this.put({ ...this.nearest(near), near, query: `near-${near}`, isAlone });
    this.shown();
  }

  /** Another image or position is chosen. */
  selectionChanged() {
    if (this.near) this.follow();
  }

  all() {
    return Array.from(this.plane.labels.keys());
  }

  // ---- What follows

  /** Selects images; the ones before can be had again by Undo. */
  take(content) {
    if (!content.rows.length) {
      this.plane.announce("No image lies there.");
      return;
    }
    this.change(content, `${counted(content.rows.length)} images selected.`);
  }

  clear() {
    if (!this.isEmpty) this.change(null, "No images are selected.");
  }

  hideOthers(isAlone) {
    this.change({ ...this.content(), isAlone }, isAlone ? "The other images are hidden." : "All images are shown.");
  }

  change(content, words) {
    const before = this.content();
    this.put(content);
    this.shown();
    this.plane.commits.view();
    this.plane.announce(words);
    this.plane.tools.undo.note(words, () => {
      this.put(before);
      this.shown();
      this.plane.commits.view();
    }, Boolean(content) && !content.isAlone);
  }

  content() {
    const { rows, title, query, distances, near, isAlone } = this;
    return this.isEmpty ? null : { rows, title, query, distances, near, isAlone };
  }

  /** The page follows. */
  shown() {
    const { hover, stage, tools } = this.plane;
    hover?.stop();
    stage.requestDraw();
    stage.refreshOverlays();
    tools?.showSubset();
  }

  // ---- The address

  assume(text) {
    const result = text ? readSubset(text, this.about) : {};
    this.near = result.near ?? 0;
    if (this.near) return; // as soon as it is known what is chosen
    this.put(result.images && { ...result, rows: result.images.map((image) => this.plane.rows.rowOf(image)) });
  }

  /** For the address: empty where there are none, or more than it keeps. */
  get text() {
    if (this.isEmpty) return "";
    const text = this.query || rangesText(this.rows.map((row) => this.plane.rows.imageOf(row)));
    return text.length > LONGEST_KEPT ? "" : text;
  }
}
