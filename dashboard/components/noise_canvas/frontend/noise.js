// The component's entry: an image under noise that follows the slider, with no word to the server
// before it is released.
import { NoiseCanvas } from "./session.js";
import { equalBytes } from "./packed.js";

const instances = new WeakMap();

/** Mounts the canvas, or hands it what has changed; called again on every change. */
export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".noise");
  let canvas = instances.get(parentElement);
  if (canvas?.root !== root) canvas = null;
  const problem = root.querySelector('[data-part="problem"]');
  problem.hidden = true;
  try {
    canvas ??= new NoiseCanvas(root);
    canvas.host = component;
    instances.set(parentElement, canvas);
    if (!equalBytes(canvas.bytes, data)) canvas.open(data);
  } catch (error) {
    problem.textContent = `The noisy image cannot be shown: ${error.message}`;
    problem.hidden = false;
    console.error(error);
  }
  return () => {
    if (instances.get(parentElement) !== canvas) return;
    canvas?.dispose();
    instances.delete(parentElement);
  };
}
