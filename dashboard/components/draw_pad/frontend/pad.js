// The component's entry: a pad to draw on. What is drawn goes to Python when a stroke is over.
import { DrawPad } from "./session.js";
import { storedDrawing } from "./storage.js";

const instances = new WeakMap();

/** Mounts the pad; it takes up what Python kept, or after a reload the browser, only when it is new on the page. */
export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".draw-pad");
  let pad = instances.get(parentElement);
  const isNew = pad?.root !== root || !pad.has(data);
  if (isNew) {
    pad?.dispose();
    pad = new DrawPad(root, data);
    instances.set(parentElement, pad);
  }
  pad.host = component;
  if (isNew) {
    const drawing = data.drawing ?? storedDrawing();
    if (drawing) pad.restore(drawing);
    // After a reload Python knows nothing of it yet.
    if (drawing && !data.drawing) pad.tellAgain();
  }
  return () => {
    if (instances.get(parentElement) !== pad) return;
    pad.dispose();
    instances.delete(parentElement);
  };
}
