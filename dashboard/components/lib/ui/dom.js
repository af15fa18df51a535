// Small helpers for building the page safely: text is always set as text, never as markup.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Object} properties `data-*`, `aria-*` and `style` become attributes, the rest properties.
 * @param {(Node|string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(data-|aria-|style$|for$|role$)/.test(name)) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** A canvas whose backing store is exactly w x h image pixels, painted with `rgba`. */
export function paintPixels(canvas, rgba, w, h) {
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  // Kept off the graphics card: uploading a small image costs more than painting it.
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(new ImageData(rgba, w, h), 0, 0);
}

/** Sets the size at which a pixelated canvas is shown. */
export function showAt(canvas, w, h, scale) {
  canvas.style.width = `${w * scale}px`;
  canvas.style.height = `${h * scale}px`;
}

/** Whether what lies in a grid stands in one column, whatever the reason. */
export function isOneColumn(grid) {
  return !getComputedStyle(grid).gridTemplateColumns.includes(" ");
}

/** Calls `work` once, `delay` ms after the last call; `.cancel()` drops a waiting call. */
export function debounced(work, delay) {
  let timer = 0;
  const call = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), delay);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** Calls `work` at most once per `interval` ms, the last call never lost. */
export function throttled(work, interval) {
  let timer = 0;
  let last = -Infinity;
  let waiting = null;
  const run = () => {
    timer = 0;
    last = performance.now();
    work(...waiting);
  };
  const call = (...values) => {
    waiting = values;
    if (timer) return;
    const due = last + interval - performance.now();
    if (due <= 0) run();
    else timer = setTimeout(run, due);
  };
  call.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return call;
}

/** Whether a key is meant for what has the focus: a field, a list to choose from, a dialog. */
export function isTyping(event) {
  const [target] = event.composedPath();
  if (!(target instanceof Element)) return false;
  return target.matches("input:not([type=range], [type=checkbox]), textarea, select, [contenteditable], [role=combobox], dialog *, [role=dialog] *");
}
