// The legend: one button per class, which hides it or shows it alone; none where the images have no labels.
import { COLOURS, cssColour } from "../scatter/palette.js";
import { element } from "./dom.js";
import { counted } from "./text.js";

export class Legend {
  /**
   * @param {HTMLElement} container
   * @param {{classes: string[], counts: number[], colours: number[][]}} plane
   * @param {(hidden: number[]) => void} onChange called with the hidden classes.
   */
  constructor(container, { classes, counts, colours }, hidden, onChange) {
    this.hidden = new Set(hidden);
    this.onChange = onChange;
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
    const repeats = `There are ${COLOURS} colours for ${classes.length} classes: double-click one to see it alone.`;
    const note = element("p", { className: "legend-note" }, [repeats]);
    container.hidden = !classes.length;
    container.replaceChildren(...this.items, ...(classes.length > COLOURS ? [note] : []));
    this.refresh();
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
