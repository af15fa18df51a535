// What every gesture, key and button on the plane does.
import { listenToGestures } from "../../lib/scatter/gestures.js";
import { listenToKeys } from "../../lib/scatter/keyboard.js";

const ZOOM_STEP = 1.5;

/** Wires the page's controls to a rewind until its abort signal says stop. */
export function listen(rewind) {
  const { part } = rewind;
  const { signal } = rewind.abort;
  const surface = part("plane");
  const hand = part("hand");
  listenToGestures(surface, gestureMeanings(rewind), () => surface.classList.contains("has-hand"), signal);
  listenToKeys(surface, keyMeanings(rewind));
  surface.addEventListener("keydown", (event) => playerKeys(rewind, event), { signal });
  part("theme").addEventListener("transitionend", () => rewind.scene.readTheme(), { signal });
  hand.onclick = () => hand.setAttribute("aria-pressed", String(surface.classList.toggle("has-hand")));
  part("zoom-in").onclick = () => rewind.viewing.zoomCentre(ZOOM_STEP);
  part("zoom-out").onclick = () => rewind.viewing.zoomCentre(1 / ZOOM_STEP);
  part("reset").onclick = () => rewind.viewing.resetOrWiden();
  part("unpin").onclick = () => rewind.pin.clear();
}

function gestureMeanings(rewind) {
  let before = null;
  const restore = () => rewind.pin.set(before);
  return {
    hover: (x, y, t) => rewind.point(x, y, t),
    leave: () => rewind.leave(),
    click: (x, y) => {
      before = rewind.pin.at;
      rewind.pin.set({ place: rewind.coordinates.latentAt(x, y) });
    },
    doubleClick: () => {
      restore();
      rewind.viewing.resetOrWiden();
    },
    dragStart: () => {
      before = rewind.pin.at;
      rewind.hover.stop();
    },
    drag: (x, y, t) => {
      rewind.pin.set({ place: rewind.coordinates.latentAt(x, y) });
      rewind.point(x, y, t);
    },
    dragEnd: () => rewind.announce(rewind.words.place()),
    dragCancel: restore,
    pan: (dx, dy) => rewind.viewing.pan(dx, dy),
    zoom: (x, y, factor) => rewind.viewing.zoom(x, y, factor),
  };
}

function keyMeanings(rewind) {
  return {
    move: (dx, dy) => rewind.pin.move(dx, dy),
    selectNearest: () => rewind.pin.setNearest(),
    clear: () => rewind.pin.clear(),
    zoom: (factor) => rewind.viewing.zoomCentre(factor),
    reset: () => rewind.viewing.resetOrWiden(),
  };
}

/** The player, with the focus on the plane: arrows move the pin there. */
function playerKeys(rewind, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || rewind.epochs.isLive) return;
  const actions = {
    " ": () => rewind.animation.toggle(),
    PageUp: () => rewind.animation.step(1),
    PageDown: () => rewind.animation.step(-1),
  };
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  actions[event.key]();
}
