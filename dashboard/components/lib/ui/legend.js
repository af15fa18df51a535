// The legend: one button per class, or other word, which hides it or shows it alone; none where there are none.
import { COLOURS, cssColour } from "../scatter/palette.js";
import { element } from "./dom.js";
import { counted } from "./text.js";

// From so many on one is sooner found by its name than by the eye.
const SEARCHED = 20;

export class Legend {
  /**
   * @param {HTMLElement} container
   * @param {{classes: string[], counts: number[], colours: number[][], kind?: string}} plane kind: what they are,
   *   "classes" if not given.
   * @param {(hidden: number[]) => void} onChange called with the hidden classes.
   */
  constructor(container, { classes, counts, colours, kind = "classes" }, hidden, onChange) {
    this.hidden = new Set(hidden);
    this.onChange = onChange;
    this.classes = classes;
    this.items = classes.map((name, k) => {
      const item = element(
        "button",
        {
          type: "button",
          className: "legend-item",
          title: `${name}, ${counted(counts[k])} images: click hides or shows, double-click (or Shift + Enter) shows it alone`,
          "data-testid": "legend-item",
        },
        [
          element("span", { className: "swatch", style: `--class-colour: ${cssColour(colours[k])}` }),
          element("span", { className: "legend-name" }, [name]),
          element("span", { className: "legend-count" }, [counted(counts[k])]),
        ],
      );
      item.onclick = (event) => (event.shiftKey ? this.solo(k) : this.toggle(k));
      item.ondblclick = () => this.solo(k);
      return item;
    });
    const repeats = `There are ${COLOURS} colours for ${classes.length} ${kind}: double-click one to see it alone.`;
    const note = element("p", { className: "legend-note" }, [repeats]);
    container.hidden = !classes.length;
    this.none = element("p", { className: "legend-note", hidden: true }, ["None has that in its name."]);
    const search = classes.length >= SEARCHED ? [this.searchFor(kind), this.none] : [];
    container.replaceChildren(...search, ...this.items, ...(classes.length > COLOURS ? [note] : []));
    this.refresh();
  }

  searchFor(kind) {
    const field = element("input", { type: "search", className: "legend-search", placeholder: "Search", "aria-label": `Search ${this.items.length} ${kind}`,
      autocomplete: "off", maxLength: 200, "data-testid": "legend-search" });
    field.oninput = () => this.seek(field.value);
    // The dashboard has shortcuts of its own; Escape empties the field.
    field.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key !== "Escape") return;
      field.value = "";
      this.seek("");
    };
    return field;
  }

  /** Only those whose name has this in it are listed. */
  seek(text) {
    const wanted = text.trim().toLocaleLowerCase();
    this.items.forEach((item, k) => (item.hidden = !this.classes[k].toLocaleLowerCase().includes(wanted)));
    this.none.hidden = this.items.some((item) => !item.hidden);
  }

  /** These classes are hidden now, whoever hid them. */
  show(hidden) {
    this.hidden = new Set(hidden);
    this.refresh();
  }

  toggle(k) {
    if (!this.hidden.delete(k)) this.hidden.add(k);
    this.changed();
  }

  solo(k) {
    const isAlone = !this.hidden.has(k) && this.hidden.size === this.items.length - 1;
    this.hidden = new Set(isAlone ? [] : this.items.keys());
    this.hidden.delete(k);
    this.changed();
  }

  changed() {
    this.refresh();
    this.onChange(this.list());
  }

  list() {
    return [...this.hidden].sort((a, b) => a - b);
  }

  refresh() {
    this.items.forEach((item, k) => item.setAttribute("aria-pressed", String(!this.hidden.has(k))));
  }
}
