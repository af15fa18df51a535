// The plane's state as short strings for an address: what is written reads back as the same numbers.
import { isSubset } from "./find.js";
import { LARGEST, leastWidth } from "../../lib/scatter/geometry.js";

// A code is decoded in single precision.
const LARGEST_CODE = 3.4e38;
const NUMBER = /^-?[0-9]{1,40}(\.[0-9]{1,30})?(e[+-]?[0-9]{1,3})?$/;
const WHOLE = /^[0-9]{1,9}$/;
const LONGEST = 4096;

export const OVERLAYS = ["lattice", "prior", "holes", "thumbnails"];
/** What dots of linked planes are coloured by on one scale. */
const SHARED_COLOURS = ["error", "kl", "density"];
/** What dots can be coloured by, other than their class. */
export const COLOURS = [...SHARED_COLOURS, "predicted", "right"];
/** So many clusters of the codes, and a column of the images by its name. */
const CLUSTERS = /^cluster-([0-9]{1,2})$/;
export const FEWEST_CLUSTERS = 2;
export const MOST_CLUSTERS = 50;
const COLUMN = "column-";
export const WINDOWS = ["codes", "prior"];
export const LINKS = ["image", "position", "scaled"];
/** What linked planes open with where a page says nothing else. */
export const FIRST_VIEW = { window: WINDOWS[0], overlays: [] };
const NO_OVERLAY = "none";

/**
 * Reads the state out of a query string. What is unreadable or out of range is ignored, as a whole; Python
 * reads by the same rules (`dashboard/link.py`) and words the warning.
 *
 * @param {string} search as in window.location.search.
 * @param {Object<string, string>} names the parameter for each of selection, position, view,
 *   axes, hidden, overlays, condition, subset, colour; a missing one is never read.
 * @param {{count: number, latentDim: number, classes: string[], colours?: string[]}} plane what is in range; of
 *   colours the columns.
 * @returns {{selection: ?Object, view: ?Object, axes: ?number[], hidden: number[], overlays: string[],
 *   condition: ?number, subset: ?string, colour: ?string}} subset as it stands there: `find.js` reads it.
 */
export function readLink(search, names, { count, latentDim, classes, colours = [] }) {
  const get = reader(search, names);
  const whole = (part, end) => wholes(get(part), 0, end, 1)?.[0] ?? null;
  const index = whole("selection", count);
  const code = numbers(get("position"), latentDim, LARGEST_CODE);
  const axes = wholes(get("axes"), 1, latentDim + 1, 2);
  return {
    selection: index !== null ? { index } : code ? { code } : null,
    view: readWindow(get("view")),
    axes: axes && axes[0] !== axes[1] ? axes.map((axis) => axis - 1) : null,
    hidden: [...new Set(wholes(get("hidden"), 0, classes.length) ?? [])],
    overlays: overlaysIn(get("overlays"), OVERLAYS),
    condition: whole("condition", classes.length),
    subset: isSubset(get("subset"), count, classes.length) ? get("subset") : null,
    colour: isColour(get("colour"), count, colours) ? get("colour") : null,
  };
}

/**
 * What the planes of a group share, read in the same way.
 *
 * @param {Object<string, string>} names the parameter for each of selection, position, source, link,
 *   window, hidden, overlays, condition, colour.
 * @param {{window: string, overlays: string[]}} [first] what the planes open with.
 * @returns {{image: ?number, code: ?number[], source: string, link: string, window: string,
 *   hidden: number[], overlays: string[], condition: ?number, colour: string}} code is a position on the plane named
 *   by source; colour is empty for classes, and names any column: Python knows which there are.
 */
export function readSharedLink(search, names, { count, classes }, first = FIRST_VIEW) {
  const get = reader(search, names);
  const { selection, hidden, condition } = readLink(search, names, { count, latentDim: 0, classes });
  const position = get("position");
  return {
    image: selection?.index ?? null,
    code: numbers(position, position.split(",").length, LARGEST_CODE),
    source: get("source"),
    link: LINKS.includes(get("link")) ? get("link") : LINKS[0],
    window: WINDOWS.includes(get("window")) ? get("window") : first.window,
    hidden,
    overlays: get("overlays") ? overlaysIn(get("overlays"), OVERLAYS) : first.overlays,
    condition,
    colour: isSharedColour(get("colour"), count) ? get("colour") : "",
  };
}

/** What the planes share as strings, each empty where it is what they open with. */
export function writeSharedLink({ link, window, hidden, overlays, condition, colour }, first = FIRST_VIEW) {
  const named = (names) => OVERLAYS.filter((name) => names.includes(name)).join(",");
  const shown = named(overlays);
  return {
    link: link === LINKS[0] ? "" : link,
    window: window === first.window ? "" : window,
    hide: hidden.join(","),
    show: shown === named(first.overlays) ? "" : shown || NO_OVERLAY,
    condition: condition === null ? "" : String(condition),
    colour,
  };
}

/** The view state as strings, each empty where it is the default. */
export function writeLink({ view, axes, firstAxes, hidden, overlays, condition, subset, colour }) {
  const isDefaultAxes = axes.every((axis, k) => axis === firstAxes[k]);
  return {
    view: view ? windowText(view) : "",
    axes: isDefaultAxes ? "" : axes.map((axis) => axis + 1).join(","),
    hide: hidden.join(","),
    show: OVERLAYS.filter((name) => overlays.has(name)).join(","),
    condition: condition === null ? "" : String(condition),
    subset: subset ?? "",
    colour: colour ?? "",
  };
}

/** A window's numbers: its width to five digits, its middle to a fraction of a pixel, however far it lies. */
function windowText({ cx, cy, width }) {
  const place = (value) => Math.floor(Math.log10(Math.abs(value)));
  // Digits down to the width's fifth; seventeen are all that a number has.
  const placed = (value) => {
    const digits = place(value) - place(width) + 5;
    return digits < 1 ? 0 : Number(value.toPrecision(Math.min(digits, 17)));
  };
  return [placed(cx), placed(cy), Number(width.toPrecision(5))].map(numberText).join(",");
}

/** A latent code's number as the address keeps it: to seven digits, all that single precision tells apart. */
export function rounded(value) {
  return Number(value.toPrecision(7));
}

/** The shortest text that reads back as the same number. */
export function numberText(value) {
  return String(value).replace("e+", "e");
}

/** How many clusters dots are to be coloured by; null where by something else. */
export function clustersIn(text) {
  const count = Number(CLUSTERS.exec(text)?.[1]);
  return count >= FEWEST_CLUSTERS && count <= MOST_CLUSTERS ? count : null;
}

/** The name of the column that dots are to be coloured by; null where by something else. */
export function columnIn(text) {
  return text.startsWith(COLUMN) ? text.slice(COLUMN.length) : null;
}

/** Whether a text names what dots can be coloured by. */
function isColour(text, count, colours) {
  const clusters = clustersIn(text);
  return COLOURS.includes(text) || (clusters !== null && clusters <= count) || (columnIn(text) !== null && colours.includes(text));
}

function isSharedColour(text, count) {
  return (SHARED_COLOURS.includes(text) || !COLOURS.includes(text)) && isColour(text, count, [text]);
}

/** The value of each part of the state, "" where there is none; of several the last, as Streamlit takes it. */
function reader(search, names) {
  const given = new URLSearchParams(search);
  return (part) => {
    const text = names[part] ? (given.getAll(names[part]).at(-1) ?? "") : "";
    return text.length <= LONGEST ? text : "";
  };
}

function readWindow(text) {
  const [cx, cy, width] = numbers(text, 3, LARGEST) ?? [];
  // A hair narrower: it was rounded when it was written.
  return width >= 0.99 * leastWidth(cx, cy) ? { cx, cy, width } : null;
}

function overlaysIn(text, known) {
  const asked = text.split(",");
  return asked.every((name) => known.includes(name)) ? known.filter((name) => asked.includes(name)) : [];
}

/** Comma-separated whole numbers from `low` to below `end`, so many of them if that is given; else null. */
function wholes(text, low, end, length) {
  const parts = text.split(",");
  if (length && parts.length !== length) return null;
  if (!parts.every((part) => WHOLE.test(part))) return null;
  const values = parts.map(Number);
  return values.every((value) => value >= low && value < end) ? values : null;
}

/** So many comma-separated numbers up to `largest` in size, or null. */
function numbers(text, length, largest) {
  const parts = text.split(",");
  if (parts.length !== length || !parts.every((part) => NUMBER.test(part))) return null;
  const values = parts.map(Number);
  return values.every((value) => Math.abs(value) <= largest) ? values : null;
}
