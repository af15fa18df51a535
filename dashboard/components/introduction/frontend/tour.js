// The tour: one task after the other on the real page, each ticked when it is to be seen on the plane.

const STORED = "aecore.tour";
const TICK_MS = 1600;
const MOVES = 8;
// Of the page, where it is not the plane that has what a task needs: the first that is there.
const PLACES = { model: [".st-key-page-head"], draw: [".st-key-draw_pad", ".st-key-explore-sections [role=tablist]"] };

export class Tour {
  tasks = [];
  isDone = false;
  // Of the task: how often the pointer moved, the class that it passed last, and what was brought into sight.
  moves = 0;
  last = null;
  place = null;

  /**
   * @param {(name: string) => any} part finds an element of the page.
   * @param {import("../../lib/streamlit/bus.js").Group} group of the plane.
   */
  constructor(part, group) {
    this.part = part;
    this.group = group;
    this.step = -1;
    // How high the card is, for what must not lie under it.
    this.measured = new ResizeObserver(() => this.measure());
    this.measured.observe(part("tour"));
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
    delete document.body.dataset.tour;
    this.part("tour").hidden = true;
  }

  show(step) {
    const { part, tasks } = this;
    this.close();
    if (step >= tasks.length) return;
    this.step = step;
    store(String(step));
    document.body.dataset.tour = tasks[step].kind;
    part("tour").hidden = false;
    this.isDone = false;
    [this.moves, this.last, this.place] = [0, null, null];
    part("tour").classList.remove("is-done");
    part("step").textContent = `${step + 1} of ${tasks.length}`;
    part("task").textContent = tasks[step].text;
    const isLast = step + 1 === tasks.length;
    part("skip").textContent = isLast ? "Skip and end" : "Skip";
    part("end").hidden = isLast;
    part("skip").onclick = () => this.show(step + 1);
    part("end").onclick = () => this.close();
    this.say(`Task ${step + 1} of ${tasks.length}: ${tasks[step].text}`);
    // The task before led into a corner of the plane.
    if (tasks[step].kind === "draw") this.group.say({ type: "reset" });
    this.point();
    this.look();
  }

  measure() {
    document.body.style.setProperty("--tour", `${this.part("tour").clientHeight}px`);
  }

  /** What the task needs comes into sight, above the card; again once there is more of it. */
  point() {
    const { kind } = this.tasks[this.step] ?? {};
    const place = (PLACES[kind] ?? []).map((name) => document.querySelector(name)).find(Boolean);
    if (!kind || (place && place === this.place)) return;
    this.place = place;
    this.measure();
    if (place) place.scrollIntoView({ block: "nearest" });
    else this.group.say({ type: "point", at: kind });
  }

  /** What is to be seen on the plane. */
  look() {
    const { kind, plane } = this.tasks[this.step] ?? {};
    const { shown } = this.group.state;
    if (!shown) return;
    const { image, hasPrior, hasHoles, hasMarks } = shown;
    if ({ choose: image, prior: hasPrior, model: shown.plane === plane, holes: hasHoles, draw: hasMarks }[kind]) this.done();
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
    clearTimeout(this.ticking);
  }

  dispose() {
    this.stop();
    this.measured.disconnect();
    delete document.body.dataset.tour;
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
