// The way back to Python: each choice once, after it is made, and only if it changed.
import { debounced } from "../../lib/ui/dom.js";

const VIEW_MS = 400;

export class Commits {
  /**
   * @param {{setStateValue: (name: string, value: any) => void}} host
   * @param {{selection: () => any, view: () => any}} values what to send, read when it is sent.
   */
  constructor(host, values) {
    this.host = host;
    this.values = values;
    this.view = debounced(() => this.send("view"), VIEW_MS);
    this.timer = 0;
    this.turn = -1;
    this.settle();
  }

  /** What is shown now is what Python knows, and nothing is on its way. */
  settle() {
    this.view.cancel();
    this.cancelSelection();
    this.sent = Object.fromEntries(Object.entries(this.values).map(([name, value]) => [name, JSON.stringify(value())]));
    // Python hears of a value only where it is not the one sent last, which Back may have left behind.
    this.turn++;
  }

  /** Whether Python knows all that is shown. */
  get isSettled() {
    return Object.entries(this.values).every(([name, value]) => JSON.stringify(value()) === this.sent[name]);
  }

  /** Sends the selection after `delay` ms, unless it is cancelled or chosen anew before. */
  selection(delay) {
    this.cancelSelection();
    this.timer = setTimeout(() => {
      this.send("selection");
      // What class it is decoded as stands in the view.
      this.send("view");
    }, delay);
  }

  cancelSelection() {
    clearTimeout(this.timer);
  }

  send(name) {
    const value = this.values[name]();
    const text = JSON.stringify(value);
    if (this.sent[name] === text) return;
    this.sent[name] = text;
    this.host.setStateValue(name, this.turn ? { ...value, turn: this.turn } : value);
  }

  dispose() {
    this.cancelSelection();
    this.view.cancel();
  }
}
