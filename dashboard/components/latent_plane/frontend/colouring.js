// What the dots are coloured by: their class, or what is known of each image.
import { clustersIn, columnIn, FEWEST_CLUSTERS, MOST_CLUSTERS } from "./url_state.js";
import { coloursOf, placedText, scaleColour, scaleEnds, scaleText, UNKNOWN } from "../../lib/scatter/scale.js";
import { counted } from "../../lib/ui/text.js";
import { classColours, cssColour } from "../../lib/scatter/palette.js";
import { element } from "../../lib/ui/dom.js";
import { Legend } from "../../lib/ui/legend.js";

const BY_CLASS = "class";
const CLUSTER = "cluster";
const COLUMN = "column";
/** What each is: its name, its unit, and what is good. */
const KINDS = {
  class: { short: "Class", title: "The class of each image" },
  error: { short: "Error", unit: "MSE per pixel", better: "lower is better", title: "Reconstruction error: mean squared difference per pixel" },
  kl: { short: "KL", unit: "nats", better: "higher: says more", title: "KL divergence from the image's posterior to the prior: how much its code tells" },
  density: { short: "Density", unit: "log p(z), nats", better: "higher: likelier", title: "How near the code lies to the prior: the prior's log density there, which is how likely the model is to draw it" },
  predicted: { short: "Predicted", title: "The class that a classifier sees in the reconstruction" },
  right: { short: "Right", title: "Whether a classifier sees the image's own class in the reconstruction" },
  cluster: { short: "Cluster", title: "Which codes lie together: k-means on the codes" },
};
const NUMBERS = ["error", "kl", "density"];
// Two of the palette that stay apart in every kind of colour vision.
const [RIGHT, WRONG] = [0, 1];
// Of 255: what is not known stays background.
const FAINT = 60;
const FIRST_COUNT = 8;

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
  }

  /** @param {?string} name as the address has it. */
  assume(name) {
    this.turnTo(name !== null && this.options.includes(this.optionOf(name)) ? name : BY_CLASS);
  }

  turnTo(name) {
    if (name !== this.name) this.hide([]);
    this.name = name;
    this.known = null;
  }

  get options() {
    return [BY_CLASS, ...(this.plane.about.colours ?? [])];
  }

  /** What is chosen of the options: clusters are one, however many there are. */
  optionOf(name) {
    return clustersIn(name) === null ? name : CLUSTER;
  }

  /** Of KINDS, or a column. */
  get kind() {
    return columnIn(this.name) === null ? this.optionOf(this.name) : COLUMN;
  }

  /** @returns {{short: string, title: string, unit?: string, better?: string}} */
  aboutOf(option) {
    const column = columnIn(option);
    return column === null ? KINDS[this.optionOf(option)] : { short: column, title: `${column}, which the model never saw` };
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
    const { title } = this.aboutOf(name);
    this.plane.announce(`Coloured by ${columnIn(name) === null ? title.toLowerCase() : title}.`);
  }

  /** Somebody brought values, or took them away. */
  contributed() {
    if (this.name === BY_CLASS || this.known?.values === this.values(this.name)) return;
    this.known = null;
    this.shown();
  }

  /** The numbers of a name, or null where they are not here. */
  values(name) {
    const { density, errors, group, kl } = this.plane;
    if (name === "error") return errors;
    if (name === "density") return density;
    if (name === "kl") return kl ?? group.valuesOf("kl");
    return group.valuesOf(name === "right" ? "predicted" : name);
  }

  /** Colours (n, 3) as bytes, and what names them; null while dots are coloured by class. */
  get colours() {
    const values = this.name === BY_CLASS ? null : this.values(this.name);
    if (!values || values.length !== this.plane.labels.length) return null;
    const { isDark } = this.plane.stage.theme;
    if (this.known?.values !== values || this.known.isDark !== isDark || this.known.name !== this.name) {
      const words = this.wordsFor(values);
      const isNumber = NUMBERS.includes(this.name) || (this.kind === COLUMN && !words.length);
      const ends = isNumber ? scaleEnds(values) : null;
      const unknown = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
      const palette = words.length ? classColours(words.length) : this.plane.colours;
      const bytes = ends ? coloursOf(values, ends, isDark) : this.wordColours(values, palette);
      this.known = { name: this.name, values, isDark, ends, isNumber, words, palette, unknown, bytes, key: `${this.name} ${isDark} ${this.nextTurn()}` };
    }
    return this.known;
  }

  nextTurn() {
    this.turn += 1;
    return this.turn;
  }

  /** What the values of clusters and columns stand for; nothing for numbers and classes. */
  wordsFor(values) {
    if (this.kind === COLUMN) return this.plane.group.wordsOf(this.name);
    if (this.kind !== CLUSTER) return [];
    // Fewer than asked for where fewer codes differ.
    return Array.from({ length: 1 + values.reduce((most, value) => Math.max(most, value), 0) }, (_, k) => `Cluster ${k + 1}`);
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
    if (!known || (!known.unknown && !this.hidden.length)) return null;
    return Uint8Array.from(known.values, (value) => (Number.isNaN(value) ? FAINT : this.hidden.includes(value) ? 0 : 255));
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
    const { short: title, unit, better } = this.aboutOf(name);
    const notes = known?.unknown ? [`${counted(known.unknown)} unknown`] : [];
    if (known?.ends) {
      const ramp = Array.from({ length: 32 }, (_, k) => cssColour(scaleColour(k / 31, isDark).map((part) => part / 255)));
      return { title, entries: [], scale: { colours: ramp, ...this.endsText() }, unit, better, notes };
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

  // ---- The legend

  /** @param {HTMLElement} node where the choice and the scale stand. */
  furnish(node) {
    this.node = node;
    const option = (name) => element("option", { value: name, title: this.aboutOf(name).title }, [this.aboutOf(name).short]);
    const columns = this.options.filter((name) => columnIn(name) !== null);
    const others = this.options.filter((name) => columnIn(name) === null);
    const group = columns.length ? [element("optgroup", { label: "Columns" }, columns.map(option))] : [];
    this.select = element("select", { "data-testid": "colour-by" }, [...others.map(option), ...group]);
    this.select.onchange = () => this.choose(this.select.value === CLUSTER ? `${CLUSTER}-${this.firstCount}` : this.select.value);
    // The dashboard has shortcuts of its own, and a letter typed here seeks an entry.
    this.select.onkeydown = (event) => event.stopPropagation();
    this.scale = element("div", { className: "scale", "data-testid": "colour-scale" });
    this.buildCount();
    node.hidden = this.options.length < 2;
    node.replaceChildren(element("label", {}, [element("span", { className: "faint" }, ["Colour by"]), this.select]), this.countRow, this.scale);
    this.showScale();
  }

  /** As many as there are classes, where that is a number of clusters. */
  get firstCount() {
    const { classes, labels } = this.plane;
    const isFit = classes.length >= FEWEST_CLUSTERS && classes.length <= MOST_CLUSTERS;
    return Math.min(isFit ? classes.length : FIRST_COUNT, labels.length);
  }

  buildCount() {
    const most = Math.min(MOST_CLUSTERS, this.plane.labels.length);
    this.count = element("input", { type: "number", min: String(FEWEST_CLUSTERS), max: String(most), step: "1", "data-testid": "cluster-count",
      title: `How many clusters, ${FEWEST_CLUSTERS} to ${most}` });
    this.count.onchange = () => {
      const asked = Math.round(Number(this.count.value));
      const count = Math.min(Math.max(asked || this.firstCount, FEWEST_CLUSTERS), most);
      this.choose(`${CLUSTER}-${count}`);
    };
    this.count.onkeydown = (event) => event.stopPropagation();
    this.countRow = element("label", { className: "cluster-count", hidden: true }, [element("span", {}, ["k ="]), this.count]);
  }

  /** The page follows. */
  shown() {
    if (!this.node || !this.plane.stage) return;
    this.showScale();
    this.plane.stage.requestDraw();
  }

  showScale() {
    const { kind, name, plane } = this;
    const about = this.aboutOf(name);
    this.select.value = this.optionOf(name);
    this.select.title = about.title;
    this.countRow.hidden = kind !== CLUSTER;
    if (kind === CLUSTER) this.count.value = String(clustersIn(name));
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
    const counts = new Array(words.length).fill(0);
    if (words.length) for (const value of known.values) if (!Number.isNaN(value)) counts[value]++;
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
    const unknown = known.unknown ? [this.line(`${counted(known.unknown)} unknown, drawn faint`)] : [];
    if (known.ends) return [...this.bar(), ...unknown];
    if (this.kind !== CLUSTER) return unknown;
    const { latentDim } = this.plane;
    const over = latentDim > 2 ? `, all ${latentDim} dimensions` : "";
    return [this.line(`k-means on the codes${over}; 1 is the largest`)];
  }

  line(words) {
    return element("div", { className: "scale-unit" }, [words]);
  }

  bar() {
    const { isDark } = this.known;
    const stops = Array.from({ length: 9 }, (_, k) => cssColour(scaleColour(k / 8, isDark).map((part) => part / 255)));
    const { better, unit, title } = this.aboutOf(this.name);
    const { least, most } = this.endsText();
    const said = [`${title}, from ${least} to ${most} ${unit ?? ""}`.trim(), better].filter(Boolean).join("; ");
    return [
      element("div", { className: "scale-bar", role: "img", "aria-label": said, style: `background: linear-gradient(90deg, ${stops.join(", ")})` }),
      element("div", { className: "scale-ends" }, [element("span", {}, [least]), element("span", {}, [most])]),
      ...[unit, better].filter(Boolean).map((words) => this.line(words)),
    ];
  }

  endsText() {
    const { low, high, isCutAbove, isCutBelow } = this.known.ends;
    return { least: `${isCutBelow ? "≤ " : ""}${this.numberText(low)}`, most: `${isCutAbove ? "≥ " : ""}${this.numberText(high)}` };
  }

  numberText(value) {
    return this.kind === COLUMN ? placedText(value, this.known.ends) : scaleText(value);
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
    const { short } = this.aboutOf(this.name);
    if (NUMBERS.includes(this.name)) return `${short} ${scaleText(value)} nats`;
    if (this.kind === CLUSTER) return known.words[value];
    if (this.kind === COLUMN) return `${short} ${Number.isNaN(value) ? "unknown" : (known.words[value] ?? this.numberText(value))}`;
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
