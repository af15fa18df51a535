// The component's entry: one plane per place on the page, kept while its data stay the same.
import { LatentPlane } from "./session.js";

const instances = new WeakMap();

/** Mounts the plane, or brings the one that is mounted up to date; called again on every change. */
export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".latent-plane");
  let entry = instances.get(parentElement);
  if (entry && (entry.root !== root || !isSame(entry.plane?.bytes, data))) {
    entry.plane?.dispose();
    entry = null;
  }
  if (entry) {
    entry.plane?.renew(component);
  } else {
    entry = { root, plane: null, calls: 0 };
    instances.set(parentElement, entry);
    try {
      entry.plane = new LatentPlane(root, data, component);
      entry.plane.start();
    } catch (error) {
      entry.plane.dispose();
      entry.plane = null;
      const problem = root.querySelector('[data-part="problem"]');
      problem.textContent = `The latent plane cannot be shown: ${error.message}`;
      problem.hidden = false;
      console.error(error);
    }
  }
  const call = ++entry.calls;
  return () => {
    // Streamlit may run an earlier call's cleanup after a later call has taken over.
    if (entry.calls !== call || instances.get(parentElement) !== entry) return;
    entry.plane?.dispose();
    instances.delete(parentElement);
  };
}

function isSame(a, b) {
  if (a === b) return true;
  if (!a || !b || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
