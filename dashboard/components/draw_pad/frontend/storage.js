// The drawing in the browser's own store, which a reload of the tab leaves and closing it empties.

const KEY = "aecore.drawing";

/** @returns {?string} what was drawn last in this tab, if anything. */
export function storedDrawing() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    // A browser may forbid its store.
    return null;
  }
}

/** @param {?string} drawing as Python gets it; null where the pad is empty. */
export function storeDrawing(drawing) {
  try {
    if (drawing === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, drawing);
  } catch {
    // It is then lost with a reload, as everything else in such a browser.
  }
}
