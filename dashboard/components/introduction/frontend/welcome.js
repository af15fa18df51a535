// The welcome: what this is, ways on, and a pointer that moves over the plane until the visitor takes over.
import { element } from "../../lib/ui/dom.js";

const A_YEAR_S = 31_536_000;
const LONGEST_MS = 60_000;
// Of the plane: the pointer goes around its middle, by a path that comes back only after a while.
const [REACH_X, REACH_Y] = [0.3, 0.26];
const [TURN_X_MS, TURN_Y_MS] = [9000, 13_000];

export class Welcome {
  /**
   * @param {(name: string) => any} part finds an element of the page.
   * @param {import("../../lib/streamlit/bus.js").Group} group of the plane.
   * @param {() => void} begin begins the tour.
   */
  constructor(part, group, begin) {
    this.part = part;
    this.group = group;
    this.begin = begin;
    this.abort = new AbortController();
  }

  open({ sentence, doors, cookie }) {
    const { part, abort: { signal } } = this;
    document.cookie = `${cookie}=1; path=/; max-age=${A_YEAR_S}; samesite=lax`;
    part("sentence").textContent = sentence;
    part("doors").replaceChildren(...doors.map((door) => this.door(door)));
    part("close").onclick = () => this.close();
    part("welcome").hidden = false;
    window.addEventListener("keydown", (event) => event.key === "Escape" && this.close(), { signal });
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.lead(performance.now());
  }

  door({ title, text, page }) {
    const words = [element("strong", {}, [title]), element("span", { className: "faint" }, [text])];
    if (page) return element("a", { className: "door", href: page }, words);
    const button = element("button", { type: "button", className: "door" }, words);
    button.onclick = () => {
      this.close();
      this.begin();
    };
    return button;
  }

  /** Moves the plane's pointer, frame by frame. */
  lead(begun) {
    const step = (now) => {
      const [u, v] = [(now - begun) / TURN_X_MS, (now - begun) / TURN_Y_MS];
      const [x, y] = [0.5 + REACH_X * Math.sin(2 * Math.PI * u), 0.5 + REACH_Y * Math.cos(2 * Math.PI * v)];
      this.group.say({ type: "lead", x, y, timeStamp: now });
      this.frame = now - begun < LONGEST_MS ? requestAnimationFrame(step) : this.rest();
    };
    this.frame = requestAnimationFrame(step);
  }

  /** The visitor has taken over, or has seen enough. */
  rest() {
    if (!this.frame) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.group.say({ type: "lead", x: null, y: null, timeStamp: performance.now() });
  }

  close() {
    this.rest();
    this.part("welcome").hidden = true;
  }

  dispose() {
    this.abort.abort();
    this.rest();
  }
}
