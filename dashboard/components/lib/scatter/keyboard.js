// The plane by keyboard: what each key means while the plane has the focus.

const STEP = 0.01;
const ZOOM = 1.5;

/**
 * @param {HTMLElement} plane
 * @param {Object<string, function>} meaning move(dx, dy, t) in shares of the window's width, up
 *   being positive; selectNearest(t), clear(), zoom(factor), reset().
 */
export function listenToKeys(plane, meaning) {
  plane.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEP * (event.shiftKey ? 10 : 1);
    const actions = {
      ArrowLeft: () => meaning.move(-step, 0, event.timeStamp),
      ArrowRight: () => meaning.move(step, 0, event.timeStamp),
      ArrowUp: () => meaning.move(0, step, event.timeStamp),
      ArrowDown: () => meaning.move(0, -step, event.timeStamp),
      Enter: () => meaning.selectNearest(event.timeStamp),
      Escape: () => meaning.clear(),
      "+": () => meaning.zoom(ZOOM),
      "=": () => meaning.zoom(ZOOM),
      "-": () => meaning.zoom(1 / ZOOM),
      _: () => meaning.zoom(1 / ZOOM),
      "0": () => meaning.reset(),
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault();
    // The dashboard has shortcuts of its own.
    event.stopPropagation();
    actions[event.key]();
  };
}
