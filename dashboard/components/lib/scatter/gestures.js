// Turns pointer, touch and wheel events on the plane into what the person means by them.

const CLICK_SLOP = 4;
export const DOUBLE_CLICK_MS = 250;

/**
 * Listens on `plane` until `signal` aborts. Positions are CSS px from the plane's top left corner.
 *
 * @param {HTMLElement} plane
 * @param {Object<string, function>} meaning hover(x, y, t), leave(), click(x, y, t), doubleClick(),
 *   dragStart(), drag(x, y, t), dragEnd(), dragCancel(), pan(dx, dy), zoom(x, y, factor).
 * @param {() => boolean} isHandTool whether the primary button pans.
 * @param {AbortSignal} signal
 */
export function listenToGestures(plane, meaning, isHandTool, signal) {
  const pointers = new Map();
  let mode = null;
  let start = null;
  let lastClick = { time: -Infinity, x: 0, y: 0 };
  const on = (type, handler) => plane.addEventListener(type, handler, { signal, passive: false });

  const locate = (event) => {
    const box = plane.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, box };
  };
  // A drag may leave the plane; the position stays on it, so that its marker stays in sight.
  const inside = ({ x, y, box }) => [Math.min(Math.max(x, 0), box.width), Math.min(Math.max(y, 0), box.height)];

  const finish = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const { x, y } = locate(event);
    const isCancelled = event.type === "pointercancel";
    if (mode === "drag") meaning[isCancelled ? "dragCancel" : "dragEnd"]();
    else if (!isCancelled && (mode === "press" || (mode === "hand" && !start.moved))) click(x, y, event.timeStamp);
    mode = pointers.size ? "spent" : null;
    plane.classList.remove("is-panning");
  };

  const click = (x, y, time) => {
    const isDouble = time - lastClick.time < DOUBLE_CLICK_MS && Math.hypot(x - lastClick.x, y - lastClick.y) < 14;
    lastClick = isDouble ? { time: -Infinity, x, y } : { time, x, y };
    if (isDouble) meaning.doubleClick();
    else meaning.click(x, y, time);
  };

  const pinch = (event, next) => {
    const [a, b] = [...pointers.values()];
    const middle = (p, q) => ({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, gap: Math.hypot(p.x - q.x, p.y - q.y) });
    const before = middle(a, b);
    pointers.set(event.pointerId, next);
    const after = middle(...pointers.values());
    meaning.pan(after.x - before.x, after.y - before.y);
    if (before.gap > 0) meaning.zoom(after.x, after.y, after.gap / before.gap);
  };

  on("pointerdown", (event) => {
    const at = locate(event);
    plane.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: at.x, y: at.y });
    if (pointers.size === 2) {
      if (mode === "drag") meaning.dragCancel();
      mode = "pinch";
      return;
    }
    if (pointers.size > 2) return;
    start = { x: at.x, y: at.y, moved: false };
    const isPrimary = event.button === 0 && !event.shiftKey;
    if (isPrimary && !isHandTool()) mode = "press";
    else {
      // The middle button would start the browser's own scrolling.
      event.preventDefault();
      mode = isPrimary ? "hand" : "pan";
      plane.classList.add("is-panning");
    }
    if (mode === "press" && event.pointerType === "touch") meaning.hover(at.x, at.y, event.timeStamp);
  });

  // The browser holds pointermove back until it is about to draw; pointerrawupdate comes at once,
  // which saves up to a frame. It needs a secure page, so pointermove must do where it is missing.
  let latest = null;
  const moved = (event) => {
    const at = locate(event);
    if (latest?.id === event.pointerId && latest.x === at.x && latest.y === at.y) return;
    latest = { id: event.pointerId, x: at.x, y: at.y };
    if (pointers.size === 0 && event.pointerType !== "touch") meaning.hover(at.x, at.y, event.timeStamp);
    if (mode === "drag") meaning.drag(...inside(at), event.timeStamp);
  };
  on("pointerrawupdate", moved);

  on("pointermove", (event) => {
    const at = locate(event);
    moved(event);
    const previous = pointers.get(event.pointerId);
    if (!previous) return;
    if (mode === "pinch" && pointers.size === 2) {
      pinch(event, { x: at.x, y: at.y });
      return;
    }
    pointers.set(event.pointerId, { x: at.x, y: at.y });
    if (!start.moved && Math.hypot(at.x - start.x, at.y - start.y) >= CLICK_SLOP) {
      start.moved = true;
      if (mode === "press") {
        mode = "drag";
        meaning.dragStart();
        meaning.drag(...inside(at), event.timeStamp);
      }
    }
    if ((mode === "pan" || mode === "hand") && start.moved) meaning.pan(at.x - previous.x, at.y - previous.y);
  });

  on("pointerup", finish);
  on("pointercancel", finish);
  on("pointerleave", () => {
    // It may come back to the very same place.
    latest = null;
    if (pointers.size === 0) meaning.leave();
  });
  on("contextmenu", (event) => event.preventDefault());
  // Middle click pastes on some systems.
  on("auxclick", (event) => event.preventDefault());
  on("wheel", (event) => {
    event.preventDefault();
    const { x, y } = locate(event);
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    // A trackpad pinch arrives as a wheel event with ctrlKey and small steps.
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    const step = Math.max(-240, Math.min(240, event.deltaY * lines));
    meaning.zoom(x, y, Math.exp(-step * speed));
  });
}
