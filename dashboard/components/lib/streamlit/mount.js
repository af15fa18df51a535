// Mounting: one instance per place on the page, kept while its data stay the same.
import { fetched } from "./fetched.js";

/**
 * A component's entry: mounts an instance, or brings the one that is mounted up to date; Streamlit
 * calls it again on every change. Its data are bytes, or `{address, about}`: then the bytes are fetched, and
 * what was there before stays until they have come, out of reach.
 *
 * @param {string} selector finds the component's root.
 * @param {(root: HTMLElement, bytes: Uint8Array, host: Object, about?: Object) => Object} make an instance with
 *   `bytes`, `start()`, `renew(host)` and `dispose()`; `start` may throw. One that has `takes(bytes)` is asked
 *   whether it goes on with other data: true where it does.
 * @param {string} what the component is called where it cannot be shown.
 */
export function mounting(selector, make, what = "latent plane") {
  const entries = new WeakMap();
  return (component) => {
    const { parentElement, data } = component;
    const root = parentElement.querySelector(selector);
    let entry = entries.get(parentElement);
    if (entry?.root !== root) {
      entry?.release();
      entry = new Entry(root, make, what);
      entries.set(parentElement, entry);
    }
    entry.host = component;
    entry.take(data);
    const call = ++entry.calls;
    return () => {
      // Streamlit may run an earlier call's cleanup after a later call has taken over.
      if (entry.calls !== call || entries.get(parentElement) !== entry) return;
      entry.release();
      entries.delete(parentElement);
    };
  };
}

// What takes longer is said.
const PATIENCE_MS = 1000;

/** One place on the page. */
class Entry {
  instance = null;
  /** Streamlit's side, as of its last call. */
  host = null;
  /** What is shown or on its way: bytes, or where they are. */
  data = null;
  calls = 0;

  constructor(root, make, what) {
    this.root = root;
    this.make = make;
    this.what = what;
  }

  /** Data that may be those that are shown. */
  take(data) {
    const { instance } = this;
    const isHere = isSame(this.data, data);
    if (isHere && (instance || this.root.ariaBusy)) {
      instance?.renew(this.host);
      return;
    }
    this.data = data;
    if (data.address) this.follow(data);
    else if (instance?.takes?.(data)) instance.renew(this.host);
    else this.show(data);
  }

  async follow(data) {
    this.root.ariaBusy = "true";
    const isAwaited = () => this.data === data;
    setTimeout(() => isAwaited() && this.root.ariaBusy && this.say(`Loading the ${this.what} …`), PATIENCE_MS);
    const bytes = await fetched(data.address).catch((error) => error);
    if (!isAwaited()) return; // others were wanted meanwhile, or nothing
    this.root.ariaBusy = null;
    this.say("");
    if (bytes instanceof Error) this.complain(bytes, () => this.follow(data));
    else this.show(bytes, data.about);
  }

  show(bytes, about) {
    this.instance?.dispose();
    this.instance = null;
    try {
      this.instance = this.make(this.root, bytes, this.host, about);
      this.instance.start();
      this.root.classList.add("is-ready");
    } catch (error) {
      this.complain(error);
    }
  }

  /** @param {() => void} [again] what may go well the next time */
  complain(error, again) {
    this.instance?.dispose();
    this.instance = null;
    this.root.classList.remove("is-ready"); // what the one before left is not what was asked for
    this.say(`The ${this.what} cannot be shown: ${error.message}`, again);
    console.error(error);
  }

  /** A sentence in place of what cannot be seen, none if empty; with a button where it may be tried again. */
  say(sentence, again) {
    document.body.classList.toggle("no-still", Boolean(sentence));
    const problem = this.root.querySelector('[data-part="problem"]');
    problem.textContent = sentence;
    problem.hidden = !sentence;
    if (!again) return;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
    button.onclick = again;
    problem.append(" ", button);
  }

  release() {
    this.data = null;
    this.root.ariaBusy = null;
    this.instance?.dispose();
    this.instance = null;
  }
}

/** @param {any} a @param {any} b */
function isSame(a, b) {
  if (a === b) return true;
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return JSON.stringify(a) === JSON.stringify(b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
