// The component's entry: a pad to draw on. What is drawn goes to Python when a stroke is over.
import { DrawPad } from "./session.js";

const instances = new WeakMap();

/** Mounts the pad; it takes up what Python kept only when it is new on the page. */
export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".draw-pad");
  let pad = instances.get(parentElement);
  if (pad?.root !== root) {
    pad = new DrawPad(root, data.side);
    instances.set(parentElement, pad);
    if (data.drawing) pad.restore(data.drawing);
  }
  pad.host = component;
  return () => {
    if (instances.get(parentElement) !== pad) return;
    pad.dispose();
    instances.delete(parentElement);
  };
}
