// Mounting: one instance per place on the page, kept while its data stay the same.

/**
 * A component's entry: mounts an instance, or brings the one that is mounted up to date; Streamlit
 * calls it again on every change.
 *
 * @param {string} selector finds the component's root.
 * @param {(root: HTMLElement, bytes: Uint8Array, host: Object) => Object} make an instance with `bytes`, `start()`,
 *   `renew(host)` and `dispose()`; `start` may throw. One that has `takes(bytes)` is asked whether it
 *   goes on with other data: true where it does.
 * @param {string} what the component is called where it cannot be shown.
 */
export function mounting(selector, make, what = "latent plane") {
  const instances = new WeakMap();
  return (component) => mount(instances, selector, make, what, component);
}

function mount(instances, selector, make, what, component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(selector);
  let entry = instances.get(parentElement);
  const goesOn = () => isSame(entry.instance?.bytes, data) || entry.instance?.takes?.(data);
  if (entry && (entry.root !== root || !goesOn())) {
    entry.instance?.dispose();
    entry = null;
  }
  if (entry) {
    entry.instance?.renew(component);
  } else {
    entry = { root, instance: null, calls: 0 };
    instances.set(parentElement, entry);
    try {
      entry.instance = make(root, data, component);
      entry.instance.start();
      root.classList.add("is-ready");
    } catch (error) {
      entry.instance.dispose();
      entry.instance = null;
      const problem = root.querySelector('[data-part="problem"]');
      problem.textContent = `The ${what} cannot be shown: ${error.message}`;
      problem.hidden = false;
      console.error(error);
    }
  }
  const call = ++entry.calls;
  return () => {
    // Streamlit may run an earlier call's cleanup after a later call has taken over.
    if (entry.calls !== call || instances.get(parentElement) !== entry) return;
    entry.instance?.dispose();
    instances.delete(parentElement);
  };
}

function isSame(a, b) {
  if (a === b) return true;
  if (!a || !b || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
