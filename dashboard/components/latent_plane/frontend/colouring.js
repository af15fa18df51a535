// What the dots are coloured by: their class, or what is known of each image.
import { coloursOf, scaleColour, scaleEnds, scaleText } from "../../lib/scatter/scale.js";
import { counted } from "../../lib/ui/text.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { element } from "../../lib/ui/dom.js";

const BY_CLASS = "class";
/** What each is: its name, its unit, and what is good. */
const KINDS = {
  class: { short: "Class", title: "The class of each image" },
  error: { short: "Error", unit: "MSE per pixel", better: "lower is better", title: "Reconstruction error: mean squared difference per pixel" },
  kl: { short: "KL", unit: "nats", better: "higher: says more", title: "KL divergence from the image's posterior to the prior: how much its code tells" },
  density: { short: "Density", unit: "log p(z), nats", better: "higher: likelier", title: "Log density of the prior at the code: how likely the model is to draw it" },
  predicted: { short: "Predicted", title: "The class that a classifier sees in the reconstruction" },
  right: { short: "Right", title: "Whether a classifier sees the image's own class in the reconstruction" },
};
// Two of the palette that stay apart in every kind of colour vision.
const [RIGHT, WRONG] = [0, 1];

export class Colouring {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for what there is; told of what follows. */
  constructor(plane) {
    this.plane = plane;
    this.name = BY_CLASS;
    this.known = null;
    this.node = null;
  }

  /** @param {?string} name as the address has it. */
  assume(name) {
    this.name = this.options.includes(name) ? name : BY_CLASS;
    this.known = null;
  }

  get options() {
    return [BY_CLASS, ...(this.plane.about.colours ?? [])];
  }

  /** For the address. */
  get text() {
    return this.name === BY_CLASS ? "" : this.name;
  }

  choose(name) {
    this.name = name;
    this.known = null;
    this.shown();
    this.plane.commits.view();
    this.plane.announce(`Coloured by ${KINDS[name].title.toLowerCase()}.`);
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
    return group.valuesOf("predicted");
  }

  /** Colours (n, 3) as bytes, and what names them; null while dots are coloured by class. */
  get colours() {
    const values = this.name === BY_CLASS ? null : this.values(this.name);
    if (!values || values.length !== this.plane.labels.length) return null;
    const { isDark } = this.plane.stage.theme;
    if (this.known?.values !== values || this.known.isDark !== isDark || this.known.name !== this.name) {
      const ends = this.isNumber ? scaleEnds(values) : null;
      const bytes = ends ? coloursOf(values, ends, isDark) : this.classColours(values);
      this.known = { name: this.name, values, isDark, ends, bytes, key: `${this.name} ${isDark} ${(this.turn = (this.turn ?? 0) + 1)}` };
    }
    return this.known;
  }

  get isNumber() {
    return ["error", "kl", "density"].includes(this.name);
  }

  /** The same for a page of another background, or null. */
  bytesFor(isDark) {
    const known = this.colours;
    if (!known || known.isDark === isDark) return known?.bytes ?? null;
    return known.ends ? coloursOf(known.values, known.ends, isDark) : known.bytes;
  }

  /**
   * What a figure's legend says.
   *
   * @returns {{title: string, entries: {colour: string, words: string}[], scale?: {colours: string[], least: string, most: string}, unit?: string, better?: string}}
   */
  legendFor(isDark) {
    const { classes, colours, visibility } = this.plane;
    const known = this.colours;
    const name = known ? this.name : BY_CLASS;
    const title = KINDS[name].short;
    if (known?.ends) {
      const ramp = Array.from({ length: 32 }, (_, k) => cssColour(scaleColour(k / 31, isDark).map((part) => part / 255)));
      return { title, entries: [], scale: { colours: ramp, ...this.endsText() }, unit: KINDS[name].unit, better: KINDS[name].better };
    }
    if (name === "right") {
      return { title, entries: this.counts().map(([k, words]) => ({ colour: cssColour(colours[k] ?? colours[0]), words })) };
    }
    const shown = classes.map((words, k) => ({ colour: cssColour(colours[k]), words, k })).filter(({ k }) => !visibility.isHidden(k));
    return { title: classes.length ? title : "", entries: shown };
  }

  classColours(values) {
    const { colours, labels } = this.plane;
    const bytes = new Uint8Array(3 * values.length);
    const rgb = colours.map((colour) => colour.map((part) => Math.round(255 * part)));
    for (let i = 0; i < values.length; i++) {
      const k = this.name === "right" ? (values[i] === labels[i] ? RIGHT : WRONG) : values[i];
      bytes.set(rgb[k] ?? rgb[0], 3 * i);
    }
    return bytes;
  }

  // ---- The legend

  /** @param {HTMLElement} node where the choice and the scale stand. */
  furnish(node) {
    this.node = node;
    const options = this.options.map((name) => element("option", { value: name, title: KINDS[name].title }, [KINDS[name].short]));
    this.select = element("select", { "data-testid": "colour-by" }, options);
    this.select.onchange = () => this.choose(this.select.value);
    // The dashboard has shortcuts of its own, and a letter typed here seeks an entry.
    this.select.onkeydown = (event) => event.stopPropagation();
    this.scale = element("div", { className: "scale", "data-testid": "colour-scale" });
    node.hidden = this.options.length < 2;
    node.replaceChildren(element("label", {}, [element("span", { className: "faint" }, ["Colour by"]), this.select]), this.scale);
    this.showScale();
  }

  /** The page follows. */
  shown() {
    if (!this.node || !this.plane.stage) return;
    this.showScale();
    this.plane.stage.requestDraw();
  }

  showScale() {
    const { name, plane } = this;
    this.select.value = name;
    this.select.title = KINDS[name].title;
    const isWaiting = name !== BY_CLASS && !this.values(name);
    this.scale.hidden = name === BY_CLASS || (name === "predicted" && !isWaiting);
    // What hides a class is not what colours the dots.
    plane.part("legend").classList.toggle("is-neutral", name !== BY_CLASS && name !== "predicted" && !isWaiting);
    if (isWaiting) this.scale.replaceChildren("Not computed yet");
    else if (plane.stage && this.colours) this.scale.replaceChildren(...(this.isNumber ? this.bar() : this.pair()));
  }

  bar() {
    const { isDark } = this.known;
    const stops = Array.from({ length: 9 }, (_, k) => cssColour(scaleColour(k / 8, isDark).map((part) => part / 255)));
    const { better, unit, title } = KINDS[this.name];
    const { least, most } = this.endsText();
    return [
      element("div", { className: "scale-bar", role: "img", "aria-label": `${title}, from ${least} to ${most} ${unit}; ${better}`, style: `background: linear-gradient(90deg, ${stops.join(", ")})` }),
      element("div", { className: "scale-ends" }, [element("span", {}, [least]), element("span", {}, [most])]),
      element("div", { className: "scale-unit" }, [unit]),
      element("div", { className: "scale-unit" }, [better]),
    ];
  }

  endsText() {
    const { low, high, isCutAbove, isCutBelow } = this.known.ends;
    return { least: `${isCutBelow ? "≤ " : ""}${scaleText(low)}`, most: `${isCutAbove ? "≥ " : ""}${scaleText(high)}` };
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
    if (this.name === BY_CLASS || this.name === "error" || !this.values(this.name)) return "";
    const value = this.values(this.name)[row];
    return this.isNumber ? `${KINDS[this.name].short} ${scaleText(value)} nats` : `looks like ${classes[value]}`;
  }

  /** Everything that is here of each image besides its error, by name. */
  columns() {
    return ["kl", "density", "predicted"].flatMap((name) => (this.values(name) ? [{ name, values: this.values(name) }] : []));
  }
}
