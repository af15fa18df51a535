// What every gesture, key and button does to the plane.
import { DOUBLE_CLICK_MS, listenToGestures } from "../../lib/scatter/gestures.js";
import { listenToKeys } from "../../lib/scatter/keyboard.js";

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
  for (const button of plane.visibility.buttons()) {
    button.onclick = () => plane.visibility.toggleOverlay(button.dataset.overlay);
  }
  hand.onclick = () => {
    plane.tools.choose(null);
    hand.setAttribute("aria-pressed", String(surface.classList.toggle("has-hand")));
  };
  plane.part("zoom-in").onclick = () => plane.viewport.zoomCentre(ZOOM_STEP);
  plane.part("zoom-out").onclick = () => plane.viewport.zoomCentre(1 / ZOOM_STEP);
  plane.part("reset").onclick = () => plane.viewport.reset();
}

function gestureMeanings(plane) {
  let before = null;
  const restoreSelection = () => {
    plane.commits.cancelSelection();
    plane.selection.restore(before);
  };
  const isMarquee = () => plane.tools?.marquee.isDrawing;
  return {
    hover: (x, y, t) => plane.peek(x, y, t),
    leave: () => plane.leave(),
    click: (x, y, t) => {
      before = plane.selection.snapshot();
      plane.selection.set(plane.viewport.placeUnder(x, y), t);
      plane.commits.selection(DOUBLE_CLICK_MS);
    },
    doubleClick: () => {
      restoreSelection();
      plane.viewport.reset();
    },
    dragStart: () => {
      if (plane.tools?.marquee.isOn) {
        plane.tools.marquee.begin();
        return;
      }
      before = plane.selection.snapshot();
      plane.commits.cancelSelection();
      // A drag that starts on an image's dot goes on in its class.
      plane.condition.adopt();
      plane.hover.stop();
    },
    drag: (x, y, t) => {
      if (isMarquee()) plane.tools.marquee.move(x, y);
      else plane.selection.dragTo(x, y, t);
    },
    dragEnd: () => (isMarquee() ? plane.tools.marquee.end() : plane.commits.selection(0)),
    dragCancel: () => (isMarquee() ? plane.tools.marquee.cancel() : restoreSelection()),
    pan: (dx, dy) => plane.viewport.pan(dx, dy),
    zoom: (x, y, factor) => plane.viewport.zoom(x, y, factor),
  };
}

function keyMeanings(plane) {
  return {
    move: (dx, dy, t) => {
      plane.selection.moveBy(dx, dy, t);
      plane.commits.selection(KEYS_REST_MS);
      plane.announce([plane.words.position(), plane.words.nearest()].filter(Boolean).join("; "));
    },
    selectNearest: (t) => plane.selection.setNearest(t),
    clear: () => plane.tools?.putAway() || plane.selection.clear(),
    zoom: (factor) => plane.viewport.zoomCentre(factor),
    reset: () => plane.viewport.reset(),
  };
}
