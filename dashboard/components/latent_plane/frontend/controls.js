// What every gesture, key and button does to the plane.
import { DOUBLE_CLICK_MS, listenToGestures } from "../../lib/scatter/gestures.js";
import { listenToKeys } from "../../lib/scatter/keyboard.js";
import { panBy } from "../../lib/scatter/geometry.js";

const ZOOM_STEP = 1.5;
// A held arrow key is one move, as a drag is: it is sent when the keys rest.
const KEYS_REST_MS = 400;

/** Wires the page's controls to a plane until its abort signal says stop. */
export function listenToControls(plane) {
  const { signal } = plane.abort;
  const surface = plane.part("plane");
  listenToGestures(surface, gestureMeanings(plane), () => surface.classList.contains("has-hand"), signal);
  listenToKeys(surface, keyMeanings(plane));
  plane.part("theme").addEventListener("transitionend", () => plane.stage.readTheme(), { signal });
}

/** Wires the toolbar that a plane by itself has. */
export function listenToToolbar(plane) {
  const surface = plane.part("plane");
  const hand = plane.part("hand");
  for (const button of plane.overlayButtons()) {
    button.onclick = () => plane.toggleOverlay(button.dataset.overlay);
  }
  hand.onclick = () => hand.setAttribute("aria-pressed", String(surface.classList.toggle("has-hand")));
  plane.part("zoom-in").onclick = () => plane.zoomCentre(ZOOM_STEP);
  plane.part("zoom-out").onclick = () => plane.zoomCentre(1 / ZOOM_STEP);
  plane.part("reset").onclick = () => plane.resetView();
}

function gestureMeanings(plane) {
  let before = null;
  const restoreSelection = () => {
    plane.commits.cancelSelection();
    plane.restoreChoice(before);
  };
  return {
    hover: (x, y, t) => plane.peek(x, y, t),
    leave: () => plane.leave(),
    click: (x, y, t) => {
      before = plane.choice();
      plane.select(plane.placeUnder(x, y), t);
      plane.commits.selection(DOUBLE_CLICK_MS);
    },
    doubleClick: () => {
      restoreSelection();
      plane.resetView();
    },
    dragStart: () => {
      before = plane.choice();
      plane.commits.cancelSelection();
      // A drag that starts on an image's dot goes on in its class.
      plane.condition.adopt();
      plane.hover.stop();
    },
    drag: (x, y, t) => plane.dragTo(x, y, t),
    dragEnd: () => plane.commits.selection(0),
    dragCancel: restoreSelection,
    pan: (dx, dy) => plane.changeView(panBy(plane.stage.view(), plane.stage.size, dx, dy)),
    zoom: (x, y, factor) => plane.zoom(x, y, factor),
  };
}

function keyMeanings(plane) {
  return {
    move: (dx, dy, t) => {
      plane.moveBy(dx, dy, t);
      plane.commits.selection(KEYS_REST_MS);
      plane.announce(plane.positionInWords());
    },
    selectNearest: (t) => plane.selectNearest(t),
    clear: () => plane.clearSelection(),
    zoom: (factor) => plane.zoomCentre(factor),
    reset: () => plane.resetView(),
  };
}
