// What can be taken back: the last steps, by Ctrl+Z or the button of the note that names the last one.
import { element, isTyping } from "./dom.js";

const LONGEST = 50;
// As long as it takes to read and to reach it; the keys go further back.
const SHOWN_MS = 8000;

export class Undo {
  /**
   * @param {HTMLElement} place where the note stands, hidden while there is none.
   * @param {HTMLElement} rest has the focus when the note goes from under it.
   * @param {(text: string) => void} announce
   * @param {AbortSignal} signal
   */
  constructor(place, rest, announce, signal) {
    this.place = place;
    this.rest = rest;
    this.announce = announce;
    this.steps = [];
    this.words = element("span");
    const button = element("button", { type: "button", title: "Ctrl+Z", "data-testid": "undo" }, ["Undo"]);
    button.onclick = () => this.undo();
    place.hidden = true;
    place.replaceChildren(this.words, button);
    const press = (event) => {
      const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (!isUndo || event.defaultPrevented || isTyping(event) || !this.steps.length) return;
      event.preventDefault();
      this.undo();
    };
    document.addEventListener("keydown", press, { signal });
    signal.addEventListener("abort", () => this.hide());
  }

  /**
   * @param {string} words what was done.
   * @param {() => void} takeBack
   * @param {boolean} isQuiet whether the keys alone take it back: nothing went out of sight.
   */
  note(words, takeBack, isQuiet = false) {
    this.steps = [...this.steps.slice(1 - LONGEST), { words, takeBack }];
    if (isQuiet) {
      this.hide();
      return;
    }
    this.words.textContent = words;
    this.place.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  undo() {
    const step = this.steps.pop();
    if (!step) return;
    this.hide();
    step.takeBack();
    this.announce(`Taken back: ${step.words}`);
  }

  hide() {
    clearTimeout(this.timer);
    if (this.place.matches(":focus-within")) this.rest.focus();
    this.place.hidden = true;
  }
}
