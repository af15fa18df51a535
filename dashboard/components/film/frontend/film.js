// Film strips with one player: all rows show the same step of their paths.

const STEP_MS = 220;

/** The step after one, to and fro: its number and the direction that it goes on in, 1 or -1. */
export function following(step, direction, steps) {
  if (steps < 2) return [0, 1];
  const turned = step + direction < 0 || step + direction >= steps ? -direction : direction;
  return [step + turned, turned];
}

class Player {
  constructor(root) {
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.step = 0;
    this.direction = 1;
    this.timer = null;
    this.part("play").onclick = () => (this.timer === null ? this.play() : this.pause());
    this.part("back").onclick = () => this.stepTo(this.step - 1);
    this.part("forth").onclick = () => this.stepTo(this.step + 1);
    this.part("step").oninput = () => this.stepTo(Number(this.part("step").value));
  }

  load(data) {
    if (this.data === data) return;
    this.data = data;
    this.part("step").max = data.steps - 1;
    let head = null;
    const nodes = [];
    this.rows = data.rows.map((row) => {
      if (row.head !== head) nodes.push(element("h2", "", (head = row.head)));
      const shown = new Row(row, data, (step) => this.stepTo(step));
      nodes.push(shown.node);
      return shown;
    });
    this.part("rows").replaceChildren(...nodes);
    this.show(Math.min(this.step, data.steps - 1));
  }

  /** A step that a person asked for: playing ends. */
  stepTo(step) {
    this.pause();
    this.show(Math.min(Math.max(step, 0), this.data.steps - 1));
  }

  play() {
    this.part("play").textContent = "Pause";
    this.part("play").setAttribute("aria-pressed", "true");
    this.timer = setInterval(() => {
      const [step, direction] = following(this.step, this.direction, this.data.steps);
      this.direction = direction;
      this.show(step);
    }, STEP_MS);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.part("play").textContent = "Play";
    this.part("play").setAttribute("aria-pressed", "false");
  }

  show(step) {
    this.step = step;
    this.part("step").value = step;
    this.part("where").textContent = `step ${step + 1} of ${this.data.steps}`;
    for (const row of this.rows) row.show(step);
  }
}

class Row {
  constructor(row, { steps, shape }, onStep) {
    this.notes = row.notes;
    this.steps = steps;
    this.now = element("div", "now");
    this.now.style.backgroundImage = `url(${row.strip})`;
    this.now.style.backgroundSize = `${steps * 100}% 100%`;
    this.now.style.aspectRatio = shape;
    this.note = element("span", "note");
    this.frame = element("div", "frame");
    this.frame.style.width = `${100 / steps}%`;
    const image = element("img", "");
    image.src = row.strip;
    image.alt = `${row.head}, ${row.title}: ${steps} decoded images`;
    const strip = element("div", "strip");
    strip.append(image, this.frame);
    strip.onclick = (event) => {
      const box = strip.getBoundingClientRect();
      onStep(Math.floor(((event.clientX - box.left) / box.width) * steps));
    };
    this.node = element("div", "row");
    this.node.append(element("span", "title", row.title), this.now, strip, this.note);
  }

  show(step) {
    this.now.style.backgroundPosition = `${(100 * step) / Math.max(this.steps - 1, 1)}% 0`;
    this.frame.style.left = `${(100 * step) / this.steps}%`;
    this.note.textContent = this.notes[step];
  }
}

function element(tag, name, text = "") {
  const node = document.createElement(tag);
  node.className = name;
  node.textContent = text;
  return node;
}

const players = new WeakMap();

export default function mount({ data, parentElement }) {
  const player = players.get(parentElement) ?? new Player(parentElement);
  players.set(parentElement, player);
  player.load(data);
  return () => player.pause();
}
