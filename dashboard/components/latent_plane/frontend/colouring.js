// What the dots are coloured by: their class, or what is known of each image.
import { aboutOf, BY_CLASS, CLUSTER, clusterNames, COLUMN, countsOf, endsText, kindOf, NUMBERS, numberText, optionOf, said, unknownIn } from "./colour_kinds.js";
import { ColourChoice, scaleBar, scaleLine } from "./colour_choice.js";
import { coloursOf, scaleColour, scaleEnds, scaleText, UNKNOWN } from "../../lib/scatter/scale.js";
import { counted } from "../../lib/ui/text.js";
import { classColours, cssColour } from "../../lib/scatter/palette.js";
import { element } from "../../lib/ui/dom.js";
import { Legend } from "../../lib/ui/legend.js";

// Two of the palette that stay apart in every kind of colour vision.
const [RIGHT, WRONG] = [0, 1];
// Of 255: what is not known stays background.
const FAINT = 60;
/** Why a run has no such numbers, by what its plane's description says. */
const LACKS = {
  error: ({ layers }) => (layers ? "no reconstruction error of this run is known." : "this run has no decoder, so no reconstruction error."),
  density: () => "this model has no prior, so no density.",
  kl: () => "no spread of these codes is known here, so no KL.",
};

export class Colouring {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for what there is; told of what follows. */
  constructor(plane) {
    this.plane = plane;
    this.name = BY_CLASS;
    this.known = null;
    this.node = null;
    /** What the words' legend lists, and on what page. */
    this.listed = this.listedDark = undefined;
    /** Words whose dots are hidden, by index; the address does not keep them. @type {number[]} */
    this.hidden = [];
    /** Another one whenever some are hidden or shown. */
    this.turn = 0;
    /** Of numbers that a group has one scale for. */
    this.sharedEnds = null;
    /** What all planes are given, and of it what is in the order of this plane's rows. */
    this.given = this.placed = null;
  }

  /** @param {?string} name as the address has it. */
  assume(name) {
    this.turnTo(name !== null && this.options.includes(optionOf(name)) ? name : BY_CLASS);
  }

  turnTo(name) {
    if (name !== this.name) this.hide([]);
    this.name = name;
    this.known = null;
  }

  /** The group is coloured by something, on one scale. @param {{colour: {name: string, ends: ?Object}, hiddenWords: number[]}} state */
  follow({ colour: { name, ends }, hiddenWords }) {
    this.turnTo(name);
    this.sharedEnds = ends;
    this.hide(hiddenWords);
    this.plane.hover?.stop();
    this.plane.stage.requestDraw();
    this.plane.stage.refreshOverlays();
  }

  /** Whether the group says what dots are coloured by. */
  get isShared() {
    return this.plane.layout.follows;
  }

  get options() {
    return [BY_CLASS, ...(this.plane.about.colours ?? [])];
  }

  get kind() {
    return kindOf(this.name);
  }

  get about() {
    return aboutOf(this.name, this.plane.classes.length > 0);
  }

  /** For the address. */
  get text() {
    return this.name === BY_CLASS ? "" : this.name;
  }

  choose(name) {
    this.turnTo(name);
    this.shown();
    this.plane.stage.refreshOverlays();
    this.plane.commits.view();
    this.plane.announce(said(name, this.plane.classes.length > 0));
  }

  /** Somebody brought values, or took them away. */
  contributed() {
    if (this.name === BY_CLASS || (this.known && this.known.values === this.values(this.name))) return;
    this.known = null;
    this.shown();
    if (this.isShared) this.plane.stage.refreshOverlays();
  }

  /** The numbers of a name, or null where they are not here. */
  values(name) {
    const { about, density, errors, group, kl } = this.plane;
    const own = name === "error" ? errors : name === "density" ? density : name === "kl" ? kl : null;
    return own ?? this.byRow(group.valuesOf(name === "right" ? "predicted" : name, about.name));
  }

  /** Numbers of all images as those of the rows: a map has some of them. */
  byRow(values) {
    const { indices } = this.plane;
    if (!values || !indices) return values;
    if (this.given !== values) this.placed = Float32Array.from(indices, (image) => values[image]);
    this.given = values;
    return this.placed;
  }

  /** Colours (n, 3) as bytes, and what names them; null while dots are coloured by class. */
  get colours() {
    if (this.name === BY_CLASS) return null;
    const values = this.values(this.name);
    const isHere = values?.length === this.plane.labels.length;
    if (!isHere && !this.isShared) return null;
    const { isDark } = this.plane.stage.theme;
    const { known } = this;
    if (!known || known.values !== values || known.isDark !== isDark || known.name !== this.name) {
      const about = isHere ? this.described(values, isDark) : this.grey();
      this.known = { name: this.name, values, isDark, ...about, key: `${this.name} ${isDark} ${this.nextTurn()}` };
    }
    return this.known;
  }

  described(values, isDark) {
    const words = this.wordsFor(values);
    const isNumber = NUMBERS.includes(this.name) || (this.kind === COLUMN && !words.length);
    const ends = !isNumber ? null : this.isShared ? this.sharedEnds : scaleEnds(values);
    // Of a group's scale nothing is known yet.
    if (isNumber && !ends && this.isShared) return this.grey();
    const palette = words.length ? classColours(words.length) : this.plane.colours;
    const bytes = ends ? coloursOf(values, ends, isDark) : this.wordColours(values, palette);
    return { ends, isNumber, words, palette, unknown: unknownIn(values), bytes };
  }

  /** Dots of which nothing is known. */
  grey() {
    const bytes = new Uint8Array(3 * this.plane.labels.length).fill(UNKNOWN[0]);
    return { ends: null, isNumber: false, words: [], palette: [], unknown: 0, bytes };
  }

  nextTurn() {
    this.turn += 1;
    return this.turn;
  }

  /** What the values of clusters and columns stand for; nothing for numbers and classes. */
  wordsFor(values) {
    if (this.kind === COLUMN) return this.plane.group.wordsOf(this.name);
    return this.kind === CLUSTER ? clusterNames(values) : [];
  }

  /** The same for a page of another background, or null. */
  bytesFor(isDark) {
    const known = this.colours;
    if (!known || known.isDark === isDark) return known?.bytes ?? null;
    return known.ends ? coloursOf(known.values, known.ends, isDark) : known.bytes;
  }

  // ---- What is hidden, and what is not known

  /** Whether dot `i` is to be seen. */
  shows(i) {
    return !this.hidden.length || !this.hidden.includes(this.values(this.name)?.[i] ?? -1);
  }

  hide(words) {
    this.hidden = words;
    this.nextTurn();
  }

  /** How strong each dot is, 0 to 255, with 0 for a hidden one; null where all are alike. */
  weights() {
    const known = this.colours;
    if (!known?.values || (!known.unknown && !this.hidden.length)) return null;
    return Uint8Array.from(known.values, (value) => (Number.isNaN(value) ? FAINT : this.hidden.includes(value) ? 0 : 255));
  }

  /** Why the dots of a plane among others are grey, in a sentence; empty where they are not. */
  get lack() {
    const { about, isProjection } = this.plane;
    if (!this.isShared || this.name === BY_CLASS || this.values(this.name)) return "";
    if (!NUMBERS.includes(this.name)) return "";
    const { short } = this.about;
    if (isProjection) return `Grey: this map has no ${short === "KL" ? short : short.toLowerCase()} of each image.`;
    if (about.colours?.includes(this.name)) return `Grey: the ${short} of each image is not computed yet.`;
    return `Grey: ${LACKS[this.name](about)}`;
  }

  /**
   * What a figure's legend says.
   *
   * @returns {{title: string, entries: {colour: string, words: string}[], scale?: {colours: string[], least: string, most: string}, unit?: string, better?: string, notes?: string[]}}
   */
  legendFor(isDark) {
    const { classes, colours, visibility } = this.plane;
    const known = this.colours;
    const name = known ? this.name : BY_CLASS;
    const { short: title, unit, better } = aboutOf(name, classes.length > 0);
    const notes = known?.unknown ? [`${counted(known.unknown)} unknown`] : [];
    if (known?.ends) {
      const ramp = Array.from({ length: 32 }, (_, k) => cssColour(scaleColour(k / 31, isDark).map((part) => part / 255)));
      return { title, entries: [], scale: { colours: ramp, ...endsText(this.name, known.ends) }, unit, better, notes };
    }
    if (name === "right") {
      return { title, entries: this.counts().map(([k, words]) => ({ colour: cssColour(colours[k] ?? colours[0]), words })) };
    }
    if (known && (known.words.length || known.isNumber)) {
      const entries = known.words.map((words, k) => ({ colour: cssColour(known.palette[k]), words, k })).filter(({ k }) => !this.hidden.includes(k));
      const unknown = notes.map((words) => ({ colour: this.unknownColour, words }));
      return { title, entries: [...entries, ...unknown] };
    }
    const shown = classes.map((words, k) => ({ colour: cssColour(colours[k]), words, k })).filter(({ k }) => !visibility.isHidden(k));
    return { title: classes.length ? title : "", entries: shown };
  }

  get unknownColour() {
    return cssColour(UNKNOWN.map((part) => part / 255), FAINT / 255);
  }

  wordColours(values, palette) {
    const { labels } = this.plane;
    const bytes = new Uint8Array(3 * values.length);
    const rgb = palette.map((colour) => colour.map((part) => Math.round(255 * part)));
    for (let i = 0; i < values.length; i++) {
      const k = this.name === "right" ? (values[i] === labels[i] ? RIGHT : WRONG) : values[i];
      bytes.set(Number.isNaN(k) ? UNKNOWN : (rgb[k] ?? rgb[0]), 3 * i);
    }
    return bytes;
  }

  // ---- The legend of a plane by itself

  /** @param {HTMLElement} node where the choice and the scale stand. */
  furnish(node) {
    const { classes, labels } = this.plane;
    this.node = node;
    const heading = element("span", { className: "faint" }, ["Colour by"]);
    this.choice = new ColourChoice(heading, { classes, count: labels.length }, (name) => this.choose(name));
    this.choice.offer(this.options, {});
    this.scale = element("div", { className: "scale", "data-testid": "colour-scale" });
    node.hidden = this.options.length < 2;
    node.replaceChildren(this.choice.label, this.choice.countRow, this.scale);
    this.showScale();
  }

  /** The page follows. */
  shown() {
    if (!this.plane.stage) return;
    if (this.node) this.showScale();
    if (this.node || this.isShared) this.plane.stage.requestDraw();
  }

  showScale() {
    const { kind, name, plane } = this;
    this.choice.show(name);
    const isWaiting = name !== BY_CLASS && !this.values(name);
    this.scale.hidden = name === BY_CLASS || (name === "predicted" && !isWaiting);
    const known = isWaiting || !plane.stage ? null : this.colours;
    const hasWords = Boolean(known?.words.length);
    // What hides a class is not what colours the dots; it stays where some are hidden.
    plane.part("legend").classList.toggle("is-neutral", name !== BY_CLASS && name !== "predicted" && !isWaiting);
    plane.part("legend").hidden = !plane.classes.length || (hasWords && !plane.visibility.hidden.length);
    this.showWords(known);
    if (isWaiting) this.scale.replaceChildren(kind === COLUMN ? "On its way" : "Not computed yet");
    else if (known) this.scale.replaceChildren(...this.scaleFor(known));
  }

  /** One button per word. */
  showWords(known) {
    const node = this.plane.part("words-legend");
    if (this.listed === known?.values && this.listedDark === known?.isDark) return;
    [this.listed, this.listedDark] = [known?.values, known?.isDark];
    const words = known?.words ?? [];
    const counts = words.length ? countsOf(known.values, words.length) : [];
    const kind = this.kind === CLUSTER ? "clusters" : "words";
    this.words = new Legend(node, { classes: words, counts, colours: known?.palette ?? [], kind }, this.hidden, (hidden) => {
      this.hide(hidden);
      this.plane.hover.stop();
      this.plane.stage.requestDraw();
      this.plane.stage.refreshOverlays();
    });
  }

  scaleFor(known) {
    if (this.name === "right") return this.pair();
    const unknown = known.unknown ? [scaleLine(`${counted(known.unknown)} unknown, drawn faint`)] : [];
    if (known.ends) return [...scaleBar(this.name, known.ends, known.isDark), ...unknown];
    if (this.kind !== CLUSTER) return unknown;
    const { latentDim } = this.plane;
    const over = latentDim > 2 ? `, all ${latentDim} dimensions` : "";
    return [scaleLine(`k-means on the codes${over}; 1 is the largest`)];
  }

  pair() {
    const { colours } = this.plane;
    const swatch = (k) => element("span", { className: "swatch", style: `--class-colour: ${cssColour(colours[k] ?? colours[0])}` });
    return this.counts().map(([k, words]) => element("div", { className: "scale-pair" }, [swatch(k), words]));
  }

  /** @returns {[number, string][]} */
  counts() {
    const { labels } = this.plane;
    let right = 0;
    for (let i = 0; i < labels.length; i++) if (this.known.values[i] === labels[i]) right++;
    return [[RIGHT, `right ${counted(right)}`], [WRONG, `wrong ${counted(labels.length - right)}`]];
  }

  /** What is known of an image besides its class and error, in words. */
  wordsOf(row) {
    const { classes } = this.plane;
    const known = this.name === "error" ? null : this.colours;
    if (!known) return "";
    const value = known.values[row];
    const { short } = this.about;
    if (NUMBERS.includes(this.name)) return `${short} ${scaleText(value)} nats`;
    if (this.kind === CLUSTER) return known.words[value];
    if (this.kind === COLUMN) return `${short} ${Number.isNaN(value) ? "unknown" : (known.words[value] ?? numberText(this.name, value, known.ends))}`;
    return `looks like ${classes[value]}`;
  }

  /**
   * Everything that is here of each image besides its error, with what dots are coloured by.
   *
   * @returns {{name: string, kind: "int32"|"float"|"text", valueOf: (row: number) => any}[]}
   */
  columns() {
    const of = (name) => ({ name, kind: /** @type {"int32"|"float"} */ (name === "predicted" ? "int32" : "float"), valueOf: (row) => this.values(name)[row] });
    const known = ["kl", "density", "predicted"].filter((name) => this.values(name)).map(of);
    const own = this.kind === CLUSTER || this.kind === COLUMN ? this.colours : null;
    if (!own) return known;
    if (this.kind === CLUSTER) return [...known, { name: this.name, kind: "int32", valueOf: (row) => own.values[row] + 1 }];
    const valueOf = own.words.length ? (row) => own.words[own.values[row]] ?? "" : (row) => own.values[row];
    return [...known, { name: this.name, kind: own.words.length ? "text" : "float", valueOf }];
  }
}
