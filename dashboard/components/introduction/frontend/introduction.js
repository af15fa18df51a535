// What a first visit begins with: the welcome, and from there the tour.
import { Tour } from "./tour.js";
import { Welcome } from "./welcome.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { mounting } from "../../lib/streamlit/mount.js";

class Introduction {
  /**
   * @param {HTMLElement} root as in introduction.html.
   * @param {Object} data as `introduction` in __init__.py sends it.
   */
  constructor(root, data) {
    this.bytes = data;
    /** @type {(name: string) => any} */
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
  }

  start() {
    const { part } = this;
    this.group = groupNamed(this.bytes.group);
    this.tour = new Tour(part, this.group);
    this.welcome = new Welcome(part, this.group, () => this.tour.begin());
    this.leave = this.group.join(this);
    this.renew({ data: this.bytes });
    this.tour.resume();
  }

  /** The page has run again: it may speak of another run now, or be asked for the welcome. */
  renew({ data }) {
    this.tour.tasks = data.tasks;
    this.tour.look();
    if (data.is_asked && !this.wasAsked) this.welcome.open(data);
    this.wasAsked = data.is_asked;
  }

  /** The page runs again and again with the same words; that is no reason to begin anew. */
  takes() {
    return true;
  }

  hear(message) {
    if (message.type === "taken") this.welcome.rest();
    if (message.type === "nearest") this.tour.pass(message);
  }

  membersChanged() {
    this.tour.point();
  }

  stateChanged({ shown }) {
    if (shown) this.tour.look();
  }

  dispose() {
    this.leave?.();
    this.welcome?.dispose();
    this.tour?.dispose();
  }
}

export default mounting('[data-part="introduction"]', (root, data) => new Introduction(root, data), "introduction");
