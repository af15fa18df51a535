// The way back to Python: each choice once, after it is made, and only if it changed.
import { debounced } from "./dom.js";

const VIEW_MS = 400;

export class Commits {
  /**
   * @param {{setStateValue: function(string, *)}} host
   * @param {{selection: function(): *, view: function(): *}} values what to send, read when it is sent.
   */
  constructor(host, values) {
    this.host = host;
    this.values = values;
    this.sent = { selection: JSON.stringify(values.selection()), view: JSON.stringify(values.view()) };
    this.view = debounced(() => this.send("view"), VIEW_MS);
    this.timer = 0;
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
    this.host.setStateValue(name, value);
  }

  dispose() {
    this.cancelSelection();
    this.view.cancel();
  }
}
