// The plane's state as short strings for an address: reads them forgivingly, writes them briefly.

export const OVERLAYS = ["lattice", "prior", "thumbnails"];
export const SHARED_OVERLAYS = ["lattice", "prior", "holes", "thumbnails"];
export const WINDOWS = ["codes", "prior"];
export const LINKS = ["image", "position", "scaled"];

/**
 * Reads the initial state out of a query string. Whatever is unreadable or out of range is
 * ignored; the page around the plane words the warning.
 *
 * @param {string} search as in window.location.search.
 * @param {Object<string, string>} names the parameter for each of selection, position, view,
 *   axes, hidden, overlays, condition; a missing one is never read.
 * @param {{count: number, latentDim: number, classes: string[]}} plane what is in range.
 * @returns {{selection: ?Object, view: ?Object, axes: ?number[], hidden: number[], overlays: string[],
 *   condition: ?number}}
 */
export function readLink(search, names, { count, latentDim, classes }) {
  const given = new URLSearchParams(search);
  const get = (part) => (names[part] ? (given.get(names[part]) ?? "").trim() : "");
  const whole = (part, count) => (/^\d+$/.test(get(part)) && Number(get(part)) < count ? Number(get(part)) : null);
  const index = whole("selection", count);
  const code = numbers(get("position"), latentDim);
  const view = numbers(get("view"), 3);
  const axes = numbers(get("axes"), 2)?.map((axis) => axis - 1);
  const axesFit =
    axes && axes[0] !== axes[1] && axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < latentDim);
  const hidden = get("hidden").split(",").filter((part) => /^\d+$/.test(part)).map(Number);
  return {
    selection: index !== null ? { index } : code ? { code } : null,
    view: view && view[2] > 0 ? { cx: view[0], cy: view[1], width: view[2] } : null,
    axes: axesFit ? axes : null,
    hidden: [...new Set(hidden)].filter((label) => label < classes.length),
    overlays: OVERLAYS.filter((name) => get("overlays").split(",").includes(name)),
    condition: whole("condition", classes.length),
  };
}

/**
 * What the planes of a group share, read in the same way.
 *
 * @param {Object<string, string>} names the parameter for each of selection, position, source, link,
 *   window, hidden, overlays, condition.
 * @returns {{image: ?number, code: ?number[], source: string, link: string, window: string,
 *   hidden: number[], overlays: string[], condition: ?number}} code is a position on the plane named by source.
 */
export function readSharedLink(search, names, { count, classes }) {
  const given = new URLSearchParams(search);
  const get = (part) => (names[part] ? (given.get(names[part]) ?? "").trim() : "");
  const { selection, hidden, condition } = readLink(search, names, { count, latentDim: 0, classes });
  const position = get("position");
  return {
    image: selection?.index ?? null,
    code: numbers(position, position.split(",").length),
    source: get("source"),
    link: LINKS.includes(get("link")) ? get("link") : LINKS[0],
    window: WINDOWS.includes(get("window")) ? get("window") : WINDOWS[0],
    hidden,
    overlays: SHARED_OVERLAYS.filter((name) => get("overlays").split(",").includes(name)),
    condition,
  };
}

/** What the planes share as strings, each empty where it is the default. */
export function writeSharedLink({ link, window, hidden, overlays, condition }) {
  return {
    link: link === LINKS[0] ? "" : link,
    window: window === WINDOWS[0] ? "" : window,
    hide: hidden.join(","),
    show: SHARED_OVERLAYS.filter((name) => overlays.includes(name)).join(","),
    condition: condition === null ? "" : String(condition),
  };
}

/** The view state as strings, each empty where it is the default. */
export function writeLink({ view, axes, hidden, overlays, condition }) {
  const isDefaultAxes = axes[0] === 0 && axes[1] === (axes[1] < 0 ? -1 : 1);
  return {
    view: view ? [view.cx, view.cy, view.width].map(brief).join(",") : "",
    axes: isDefaultAxes ? "" : axes.map((axis) => axis + 1).join(","),
    hide: hidden.join(","),
    show: OVERLAYS.filter((name) => overlays.has(name)).join(","),
    condition: condition === null ? "" : String(condition),
  };
}

/** A number to five significant digits, without trailing zeros. */
export function brief(value) {
  return String(Number(value.toPrecision(5)));
}

function numbers(text, length) {
  const parts = text.split(",");
  if (text === "" || parts.length !== length) return null;
  const values = parts.map((part) => (part.trim() === "" ? NaN : Number(part)));
  return values.every(Number.isFinite) ? values : null;
}
