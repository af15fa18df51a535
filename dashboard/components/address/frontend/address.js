// The address as Python wants it, in place of the history's entry that is shown. Streamlit's own writes would each
// be an entry, so that Back would go through every default of a page before it left it.

import { CHANGED } from "./listening.js";

// Streamlit's own, which Python never sees.
const OWN = ["embed", "embed_options"];

let isHeard = false;
let done = null;
let scrolled = null;

export default function ({ data }) {
  bringIntoView(data.in_view);
  if (!isHeard && isOn(data.at, data.pages) && !isShown(data.heard)) tellAgain();
  else showAddress(data);
  isHeard = true;
}

/** Back was pressed while the page was still on its way: Streamlit does not hear that before its first answer. */
function tellAgain() {
  window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
}

/** Once for each wish: the person may have scrolled on by now. */
function bringIntoView({ turn, anchor }) {
  if (!turn || turn === scrolled) return;
  scrolled = turn;
  document.getElementById(anchor)?.scrollIntoView();
}

function showAddress({ turn, page, pages, before, query }) {
  // Each wish once, and only in the entry that it is for: the person may have gone on by now.
  if (!turn || turn === done || !isOn(page, pages) || !isShown(before)) return;
  done = turn;
  const shown = new URLSearchParams(window.location.search);
  const wanted = new URLSearchParams(query);
  for (const name of OWN) for (const value of shown.getAll(name)) wanted.append(name, value);
  const search = wanted.toString();
  window.history.replaceState(window.history.state, "", window.location.pathname + (search && `?${search}`));
  window.dispatchEvent(new Event(CHANGED));
}

/** Whether the address has these parameters and no others, as Python reads it: of several alike the last. */
function isShown(query) {
  const [wanted, shown] = [query, window.location.search].map((text) => new Map(new URLSearchParams(text)));
  for (const name of OWN) shown.delete(name);
  return wanted.size === shown.size && [...wanted].every(([name, value]) => shown.get(name) === value);
}

function isOn(page, pages) {
  const last = window.location.pathname.split("/").pop();
  return page ? last === page : !pages.includes(last);
}
