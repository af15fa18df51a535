// The choice of what dots are coloured by, and the scale that says what a colour stands for.
import { aboutOf, BY_CLASS, CLUSTER, endsText, firstCount, kindOf, optionOf } from "./colour_kinds.js";
import { clustersIn, columnIn, FEWEST_CLUSTERS, MOST_CLUSTERS } from "./url_state.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { element } from "../../lib/ui/dom.js";
import { scaleColour } from "../../lib/scatter/scale.js";

export class ColourChoice {
  /**
   * @param {Node} heading what stands before the list.
   * @param {{classes: string[], count: number}} images their classes, and how many there are.
   * @param {(name: string) => void} onChoose called with a name as the address has it, or "class".
   */
  constructor(heading, { classes, count }, onChoose) {
    this.hasClasses = classes.length > 0;
    this.first = firstCount(classes, count);
    this.most = Math.min(MOST_CLUSTERS, count);
    this.onChoose = onChoose;
    this.select = element("select", { "data-testid": "colour-by" });
    this.select.onchange = () => onChoose(this.select.value === CLUSTER ? `${CLUSTER}-${this.first}` : this.select.value);
    // The dashboard has shortcuts of its own, and a letter typed here seeks an entry.
    this.select.onkeydown = (event) => event.stopPropagation();
    this.label = element("label", {}, [heading, this.select]);
    this.buildCount();
    this.offer([BY_CLASS], {});
  }

  buildCount() {
    this.count = element("input", { type: "number", min: String(FEWEST_CLUSTERS), max: String(this.most), step: "1", "data-testid": "cluster-count",
      title: `How many clusters, ${FEWEST_CLUSTERS} to ${this.most}` });
    this.count.onchange = () => {
      const asked = Math.round(Number(this.count.value));
      this.onChoose(`${CLUSTER}-${Math.min(Math.max(asked || this.first, FEWEST_CLUSTERS), this.most)}`);
    };
    this.count.onkeydown = (event) => event.stopPropagation();
    this.countRow = element("label", { className: "cluster-count", hidden: true }, [element("span", {}, ["k ="]), this.count]);
  }

  /** What there is to choose from. @param {string[]} options @param {Object<string, string>} titles of some, in place of their own. */
  offer(options, titles) {
    const key = JSON.stringify([options, titles]);
    if (this.offered === key) return;
    this.offered = key;
    this.titles = titles;
    const option = (name) => {
      const { short, title } = aboutOf(name, this.hasClasses);
      return element("option", { value: name, title }, [titles[name] ?? short]);
    };
    const columns = options.filter((name) => columnIn(name) !== null);
    const others = options.filter((name) => columnIn(name) === null);
    const group = columns.length ? [element("optgroup", { label: "Columns" }, columns.map(option))] : [];
    this.select.replaceChildren(...others.map(option), ...group);
  }

  /** @param {string} name what is chosen. */
  show(name) {
    this.select.value = optionOf(name);
    this.select.title = [this.titles[optionOf(name)], aboutOf(name, this.hasClasses).title].filter(Boolean).join(". ");
    this.countRow.hidden = kindOf(name) !== CLUSTER;
    if (kindOf(name) === CLUSTER) this.count.value = String(clustersIn(name));
  }
}

/** A line of words below a scale. */
export function scaleLine(words) {
  return element("div", { className: "scale-unit" }, [words]);
}

/** The scale's colours between its ends, and what they are numbers of. @param {{low, high, isCutAbove, isCutBelow}} ends */
export function scaleBar(name, ends, isDark) {
  const stops = Array.from({ length: 9 }, (_, k) => cssColour(scaleColour(k / 8, isDark).map((part) => part / 255)));
  const { better, unit, title } = aboutOf(name, true);
  const { least, most } = endsText(name, ends);
  const said = [`${title}, from ${least} to ${most} ${unit ?? ""}`.trim(), better].filter(Boolean).join("; ");
  const bar = element("div", { className: "scale-bar", role: "img", "aria-label": said, style: `background: linear-gradient(90deg, ${stops.join(", ")})` });
  const range = [bar, element("div", { className: "scale-ends" }, [element("span", {}, [least]), element("span", {}, [most])])];
  return [
    element("div", { className: "scale-range" }, range),
    ...[unit, better].filter(Boolean).map(scaleLine),
  ];
}
