// The tour: one task after the other on the real page, each ticked when the page shows that it is done.

const STORED = "aecore.tour";
const LOOK_MS = 400;
const TICK_MS = 1600;
const MOVES = 8;

export class Tour {
  tasks = [];
  isDone = false;
  // Of the task: how often the pointer moved, and the class that it passed last.
  moves = 0;
  last = null;

  /**
   * @param {(name: string) => any} part finds an element of the page.
   * @param {import("../../lib/streamlit/bus.js").Group} group of the plane.
   */
  constructor(part, group) {
    this.part = part;
    this.group = group;
    this.step = -1;
  }

  begin() {
    this.show(0);
    this.part("skip").focus();
  }

  /** Goes on where this tab was before a reload or another page. */
  resume() {
    const step = Number.parseInt(stored() ?? "", 10);
    if (step >= 0 && step < this.tasks.length) this.show(step);
  }

  close() {
    this.stop();
    this.step = -1;
    store(null);
    this.part("tour").hidden = true;
  }

  show(step) {
    const { part, tasks } = this;
    this.close();
    if (step >= tasks.length) return;
    this.step = step;
    store(String(step));
    part("tour").hidden = false;
    this.isDone = false;
    [this.moves, this.last] = [0, null];
    part("tour").classList.remove("is-done");
    part("step").textContent = `${step + 1} of ${tasks.length}`;
    part("task").textContent = tasks[step].text;
    const isLast = step + 1 === tasks.length;
    part("skip").textContent = isLast ? "Skip and end" : "Skip";
    part("end").hidden = isLast;
    part("skip").onclick = () => this.show(step + 1);
    part("end").onclick = () => this.close();
    this.say(`Task ${step + 1} of ${tasks.length}: ${tasks[step].text}`);
    this.looking = setInterval(() => this.look(), LOOK_MS);
  }

  /** What stands in the address and on the plane. */
  look() {
    const { kind, address } = this.tasks[this.step] ?? {};
    const stands = new URLSearchParams(window.location.search);
    const has = ([name, value]) => (stands.get(name) ?? "").split(",").includes(value);
    if (kind === "choose" && stands.get("image")) this.done();
    if (kind === "overlay" && address.every(has)) this.done();
    if (kind === "draw" && [...this.group.contributions.values()].some(({ marks }) => marks.length)) this.done();
  }

  /** The visitor's pointer has come to a place whose nearest dot is of a class. */
  pass({ label, isLed }) {
    const { kind, classes } = this.tasks[this.step] ?? {};
    if (isLed || this.isDone) return;
    if (kind === "move" && ++this.moves >= MOVES) this.done();
    if (kind === "between" && this.last !== null && label !== this.last) {
      const isPair = classes.length ? classes.includes(label) && classes.includes(this.last) : true;
      if (isPair) this.done();
    }
    this.last = label;
  }

  done() {
    const { part, step, tasks } = this;
    if (this.isDone) return;
    this.isDone = true;
    const words = step + 1 < tasks.length ? `✓ ${tasks[step].text}` : "✓ That was the tour. The plane is yours.";
    part("tour").classList.add("is-done");
    part("task").textContent = words;
    part("skip").textContent = step + 1 < tasks.length ? "Next" : "Close";
    this.say("Done.");
    this.ticking = setTimeout(() => this.show(step + 1), step + 1 < tasks.length ? TICK_MS : 4 * TICK_MS);
  }

  say(text) {
    this.part("live").textContent = text;
  }

  stop() {
    clearInterval(this.looking);
    clearTimeout(this.ticking);
  }

  dispose() {
    this.stop();
  }
}

// A browser may have no room, or forbid it: then the tour does not outlive a reload.

function stored() {
  try {
    return sessionStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(text) {
  try {
    if (text === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, text);
  } catch {
    // As above.
  }
}
