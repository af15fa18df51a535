// Places of a plane that a person wants to come back to, kept in this browser for each run. Touches no page but its store.

const MOST = 100;
const LONGEST_NAME = 80;
const LONGEST_NOTE = 500;
const LONGEST_CODE = 128;
const LARGEST = 3.4e38;
const LARGEST_VIEW = 1e40;
// A small image as PNG: more is none of this page's.
const THUMBNAIL = /^data:image\/png;base64,[A-Za-z0-9+/=]{20,20000}$/;

/**
 * @typedef {{name: string, note: string, code: ?number[], index: ?number, view: ?{cx: number, cy: number, width: number},
 *   axes: number[], condition: ?number, thumbnail: string}} Place `code` of a position, else `index` of an image;
 *   `view` null for the first window.
 */

export class Places {
  /** @param {string} run whose plane it is. @param {{count: number, latentDim: number, classes: number}} about what is in range. */
  constructor(run, about) {
    this.key = `aecore.places.${run}`;
    this.about = about;
  }

  /** @returns {Place[]} what is kept and can be shown, the newest first; a store may have been altered. */
  list() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.slice(0, MOST).flatMap((one) => this.checked(one) ?? []) : [];
    } catch {
      return [];
    }
  }

  /** @param {Place} place @returns {string} what is wrong, or nothing. */
  add(place) {
    const places = this.list();
    if (places.length >= MOST) return `${MOST} places are kept already. Delete one first.`;
    const checked = this.checked(place);
    if (!checked) return "This place cannot be kept.";
    return this.keep([checked, ...places]);
  }

  /** @param {Place[]} places */
  keep(places) {
    try {
      localStorage.setItem(this.key, JSON.stringify(places));
      return "";
    } catch {
      return "This browser keeps nothing more for this page.";
    }
  }

  /** @returns {?Place} with what belongs to it alone, or null where it is none. */
  checked(one) {
    if (!one || typeof one !== "object") return null;
    const { count, latentDim, classes } = this.about;
    const numbers = (values, length, largest) => Array.isArray(values) && values.length === length && values.every((value) => Number.isFinite(value) && Math.abs(value) <= largest);
    const isWhole = (value, end) => Number.isInteger(value) && value >= 0 && value < end;
    const code = latentDim <= LONGEST_CODE && numbers(one.code, latentDim, LARGEST) ? one.code : null;
    const index = code === null && isWhole(one.index, count) ? one.index : null;
    if (code === null && index === null) return null;
    const { cx, cy, width } = one.view ?? {};
    const view = numbers([cx, cy, width], 3, LARGEST_VIEW) && width > 0 ? { cx, cy, width } : null;
    const isAxes = Array.isArray(one.axes) && one.axes.length === 2 && isWhole(one.axes[0], latentDim) && (isWhole(one.axes[1], latentDim) || (latentDim === 1 && one.axes[1] === -1)) && one.axes[0] !== one.axes[1];
    if (!isAxes) return null;
    return {
      name: String(one.name ?? "").slice(0, LONGEST_NAME), note: String(one.note ?? "").slice(0, LONGEST_NOTE), code, index, view, axes: [...one.axes],
      condition: isWhole(one.condition, classes) ? one.condition : null, thumbnail: THUMBNAIL.test(one.thumbnail) ? one.thumbnail : "",
    };
  }
}
