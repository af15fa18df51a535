// What the dots of all planes of a group are coloured by: one choice, one scale, one legend.
import { BY_CLASS, CLUSTER, clusterNames, COLUMN, countsOf, aboutOf, kindOf, NUMBERS, numberText, optionOf, said, unknownIn } from "./colour_kinds.js";
import { classColours } from "../../lib/scatter/palette.js";
import { ColourChoice, scaleBar, scaleLine } from "./colour_choice.js";
import { columnIn } from "./url_state.js";
import { counted } from "../../lib/ui/text.js";
import { element } from "../../lib/ui/dom.js";
import { Legend } from "../../lib/ui/legend.js";
import { readTheme } from "../../lib/scatter/theme.js";
import { scaleEnds } from "../../lib/scatter/scale.js";

export class SharedColours {
  /**
   * @param {import("./group_toolbar.js").Conductor} conductor asked for the page and the group.
   * @param {string} asked what the address says, empty for classes.
   */
  constructor(conductor, asked) {
    this.conductor = conductor;
    this.asked = asked;
    /** The numbers of all planes that the scale was measured on, and its ends. */
    this.measured = { arrays: [], ends: null };
    this.listed = undefined;
    const { classes, labels, part } = conductor;
    const heading = element("span", { className: "group-name" }, ["Colour"]);
    this.choice = new ColourChoice(heading, { classes, count: labels.length }, (name) => this.choose(name));
    this.choice.label.className = "group";
    part("colouring").replaceChildren(this.choice.label);
    part("cluster-count").replaceChildren(this.choice.countRow);
    part("theme").addEventListener("transitionend", () => this.show(), { signal: conductor.abort.signal });
  }

  /** What the address says now. */
  assume(asked) {
    if (asked === this.asked) return;
    this.asked = asked;
    this.refresh();
  }

  choose(name) {
    const { classes, commits, part } = this.conductor;
    this.asked = name === BY_CLASS ? "" : name;
    this.refresh();
    commits.view();
    const words = kindOf(name) === CLUSTER ? `Coloured by ${this.clusterTitle.toLowerCase()}.` : said(name, classes.length > 0);
    part("live").textContent = words;
  }

  get group() {
    return this.conductor.group;
  }

  /** The planes there are. @returns {import("./linked_plane.js").Peers[]} */
  get planes() {
    return [...this.group.members].filter((member) => member.colours?.length);
  }

  /** What the dots of some plane can be coloured by. */
  get options() {
    const had = new Set(this.planes.flatMap(({ colours }) => colours));
    const columns = [...had].filter((name) => columnIn(name) !== null);
    return [BY_CLASS, ...[...NUMBERS, CLUSTER].filter((name) => had.has(name)), ...columns];
  }

  get clusterTitle() {
    return `Clusters of ${this.group.clustersOf()}`;
  }

  /** What dots are coloured by now: what is asked for, where any plane has it. */
  get name() {
    return this.group.state.colour.name;
  }

  /** Planes came or went, values came, or something else is asked for. */
  refresh() {
    const { group, options } = this;
    this.choice.offer(options, { [CLUSTER]: this.clusterTitle });
    const name = options.includes(optionOf(this.asked)) ? this.asked : BY_CLASS;
    const [before, ends] = [group.state.colour, this.endsFor(name)];
    const isOther = before.name !== name;
    if (isOther || before.ends !== ends) group.set({ colour: { name, ends }, ...(isOther ? { hiddenWords: [] } : {}) });
    this.show();
  }

  /** One scale for all planes; null for what are no numbers, and while none are known. */
  endsFor(name) {
    const own = NUMBERS.includes(name) ? this.planes.map((plane) => plane.valuesOf(name)) : [];
    const shared = kindOf(name) === COLUMN && !this.group.wordsOf(name).length ? [this.group.valuesOf(name)] : [];
    const arrays = [...own, ...shared].filter(Boolean);
    const { measured } = this;
    if (arrays.length !== measured.arrays.length || arrays.some((values, k) => values !== measured.arrays[k])) {
      this.measured = { arrays, ends: scaleEnds(arrays.flatMap((values) => Array.from(values))) };
    }
    return this.measured.ends;
  }

  // ---- The page

  /** The choice, the legend and the scale, as the group has them. */
  show() {
    const { conductor: { classes, part }, group, name } = this;
    this.choice.show(name);
    part("cluster-count").hidden = kindOf(name) !== CLUSTER;
    const isByClass = name === BY_CLASS;
    // What hides a class is not what colours the dots; it stays where some are hidden.
    part("legend").classList.toggle("is-neutral", !isByClass);
    part("legend").hidden = !classes.length || (!isByClass && !group.state.hidden.length);
    this.showWords();
    const lines = isByClass ? [] : this.scaleLines();
    part("colour-scale").hidden = !lines.length;
    part("colour-scale").replaceChildren(...lines);
  }

  /** What all planes are given, of columns and clusters, or null. */
  get given() {
    return this.group.valuesOf(this.name);
  }

  get words() {
    const { given, group, name } = this;
    if (!given) return [];
    return kindOf(name) === CLUSTER ? clusterNames(given) : group.wordsOf(name);
  }

  scaleLines() {
    const { given, group, name } = this;
    const { ends } = group.state.colour;
    const isNumber = NUMBERS.includes(name);
    if (!ends && !given) return [scaleLine(kindOf(name) === COLUMN ? "On its way" : "Not computed yet")];
    const { isDark } = readTheme(this.conductor.part("theme"));
    const bar = ends ? scaleBar(name, ends, isDark) : [];
    const unknown = given && !isNumber ? unknownIn(given) : 0;
    const notes = [
      isNumber ? "one scale for all planes" : "",
      kindOf(name) === CLUSTER ? `k-means on the codes of ${group.clustersOf()}; 1 is the largest` : "",
      unknown ? `${counted(unknown)} unknown, drawn faint` : "",
    ];
    return [...bar, ...notes.filter(Boolean).map(scaleLine)];
  }

  /** One button per word. */
  showWords() {
    const { given, group, words } = this;
    const listed = words.length ? given : null;
    if (this.listed === listed) return;
    this.listed = listed;
    const isCluster = kindOf(this.name) === CLUSTER;
    const node = this.conductor.part("words-legend");
    node.setAttribute("aria-label", isCluster ? this.clusterTitle : aboutOf(this.name, true).short);
    // What the numbers count stands before them.
    const classes = isCluster ? words.map((_, k) => String(k + 1)) : words;
    const about = { classes, counts: listed ? countsOf(listed, words.length) : [], colours: classColours(words.length), kind: isCluster ? "clusters" : "words" };
    this.legend = new Legend(node, about, group.state.hiddenWords, (hidden) => group.set({ hiddenWords: hidden }));
  }

  /** What a column or the clusters say of an image; empty where there is nothing, and for numbers of each plane. */
  wordsOf(image) {
    const { given, group, name } = this;
    if (image === null || !given || NUMBERS.includes(name)) return "";
    const value = given[image];
    if (kindOf(name) === CLUSTER) return `Cluster ${value + 1}`;
    const { short } = aboutOf(name, true);
    return `${short} ${Number.isNaN(value) ? "unknown" : (group.wordsOf(name)[value] ?? numberText(name, value, group.state.colour.ends))}`;
  }
}
