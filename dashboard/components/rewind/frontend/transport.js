// The player's controls: a scrubber whose value is the epoch's number, or its place among the kept ones; buttons,
// speed, loop, and the window.
import { element } from "../../lib/ui/dom.js";

const PAGE = 5;
// A number of three digits and room around it.
const LABEL_PX = 30;
// Half the scrubber's thumb: its middle travels between these insets.
const INSET_PX = 8;

export class Transport {
  /**
   * @param {(name: string) => any} part
   * @param {{numbers: number[], totalEpochs: ?number, isLive: boolean}} epochs
   * @param {Object<string, Function>} calls step(direction), leap(frames), goTo(frame), drag(epoch), release(),
   *   toggle(), speed(factor), loop(isOn), follow(isOn); drag is told the scrubber's value.
   * @param {boolean} isEven whether the kept epochs stand at equal distances.
   */
  constructor(part, epochs, calls, isEven = false) {
    this.part = part;
    this.isEven = isEven;
    this.numbers = epochs.numbers;
    this.total = epochs.totalEpochs;
    this.calls = calls;
    this.isHeld = false;
    this.scrubber = part("scrubber");
    this.play = part("play");
    part("transport").hidden = epochs.isLive;
    part("options").hidden = epochs.isLive;
    if (epochs.isLive) return;
    this.wireScrubber();
    this.wireButtons();
    this.buildTicks();
    this.resized = new ResizeObserver(() => this.labelTicks());
    this.resized.observe(part("ticks"));
  }

  wireScrubber() {
    const { scrubber, calls, numbers } = this;
    const { part } = this;
    const isOne = numbers.length === 1;
    const last = numbers.length - 1;
    const [min, max] = this.isEven ? [0, last] : [numbers[0], numbers[last]];
    Object.assign(scrubber, { min: String(min), max: String(max), disabled: isOne });
    const frameOf = (value) => (this.isEven ? (Number.isInteger(value) ? value : -1) : numbers.indexOf(value));
    for (const name of ["back", "play", "forth"]) part(name).disabled = isOne;
    scrubber.onpointerdown = () => (this.isHeld = true);
    scrubber.onpointerup = scrubber.onpointercancel = () => this.letGo();
    scrubber.onchange = () => this.letGo();
    scrubber.oninput = () => {
      const value = scrubber.valueAsNumber;
      if (this.isHeld) calls.drag(value);
      else if (frameOf(value) >= 0) calls.goTo(frameOf(value));
      // A screen reader moves by steps of its own: each means the next kept epoch.
      else calls.step(value > this.shown ? 1 : -1);
    };
    scrubber.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const actions = {
        ArrowLeft: () => calls.step(-1),
        ArrowDown: () => calls.step(-1),
        ArrowRight: () => calls.step(1),
        ArrowUp: () => calls.step(1),
        PageDown: () => calls.leap(-PAGE),
        PageUp: () => calls.leap(PAGE),
        Home: () => calls.goTo(0),
        End: () => calls.goTo(last),
        " ": () => calls.toggle(),
      };
      if (!Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      // The dashboard has shortcuts of its own.
      event.stopPropagation();
      actions[event.key]();
    };
  }

  letGo() {
    if (!this.isHeld) return;
    this.isHeld = false;
    this.calls.release();
  }

  wireButtons() {
    const { part, calls } = this;
    part("back").onclick = () => calls.step(-1);
    part("forth").onclick = () => calls.step(1);
    this.play.onclick = () => calls.toggle();
    part("speed").onchange = () => calls.speed(Number(part("speed").value));
    part("speed").onkeydown = (event) => event.stopPropagation();
    part("loop").onclick = () => calls.loop(part("loop").getAttribute("aria-pressed") !== "true");
    part("follow").onclick = () => calls.follow(true);
    part("fixed").onclick = () => calls.follow(false);
  }

  buildTicks() {
    const [first, last] = [this.numbers[0], this.numbers.at(-1)];
    this.marks = this.numbers.map((epoch, k) => {
      const even = k / Math.max(this.numbers.length - 1, 1);
      const share = last === first ? 0.5 : this.isEven ? even : (epoch - first) / (last - first);
      const label = element("span", { className: "tick-label" }, [String(epoch)]);
      const node = element("span", { className: "tick", style: `--share: ${share}` }, [label]);
      return { node, label, share };
    });
    this.part("ticks").replaceChildren(...this.marks.map(({ node }) => node));
  }

  /** As many numbers as there is room for; the ends always. */
  labelTicks() {
    const width = this.part("ticks").clientWidth - 2 * INSET_PX;
    const last = this.marks.length - 1;
    let free = -Infinity;
    this.marks.forEach(({ label, share }, k) => {
      const at = share * width;
      label.hidden = !(k === last || (at >= free && width - at >= LABEL_PX));
      if (!label.hidden) free = at + LABEL_PX;
    });
  }

  /** @param {import("./playhead.js").Playhead} head @param {boolean} isFollowing @param {string} words for who cannot see it. */
  show(head, isFollowing, words) {
    if (!this.resized) return;
    const { part, scrubber, play } = this;
    this.shown = this.isEven ? head.nearest : this.numbers[head.nearest];
    // A thumb that is held stands where the hand has it.
    if (!this.isHeld) scrubber.value = String(this.isEven ? head.place : head.epoch);
    scrubber.setAttribute("aria-valuetext", words);
    play.setAttribute("aria-label", head.isPlaying ? "Pause" : "Play");
    play.title = head.isPlaying ? "Pause (space)" : "Play (space)";
    play.classList.toggle("is-playing", head.isPlaying);
    part("back").disabled = !head.isPlaying && head.goal === 0;
    part("forth").disabled = !head.isPlaying && head.goal === head.last;
    part("loop").setAttribute("aria-pressed", String(head.isLooping));
    part("follow").setAttribute("aria-pressed", String(isFollowing));
    part("fixed").setAttribute("aria-pressed", String(!isFollowing));
    this.marks.forEach(({ node }, k) => node.classList.toggle("is-passed", k <= head.place));
  }

  dispose() {
    this.resized?.disconnect();
  }
}
