// The track by itself: it stands at an epoch and says so; a rewind of the same run, once it is there, takes it over.
import { Playhead } from "../../rewind/frontend/playhead.js";
import { Transport } from "../../rewind/frontend/transport.js";
import { counted } from "../../lib/ui/text.js";
import { debounced } from "../../lib/ui/dom.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { lossOutline } from "./curve.js";

// A hand that drags or steps on is not at rest.
const REST_MS = 300;

export class Track {
  /**
   * @param {HTMLElement} root as in track.html.
   * @param {{name: string, epochs: number[], losses: ?number[], loss_name: string, total: number, note: string, at: ?number}} about
   */
  constructor(root, about) {
    this.root = root;
    this.about = about;
    this.host = null;
    /** @type {(name: string) => any} */
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.isTrack = true;
    this.isFollowing = false;
    /** Whether it is to play as soon as there is something to play. */
    this.wantsPlay = false;
    this.player = null;
    this.head = new Playhead(about.epochs, () => true);
    // What was said last, and what was said since Python answered last.
    this.said = about.at ?? about.epochs.at(-1);
    this.echoes = [];
    if (about.at !== null) this.head.dragTo(this.head.placeOf(about.at));
    this.send = debounced((epoch) => this.say(epoch), REST_MS);
    this.part("note").textContent = about.note;
    this.part("curve").firstElementChild.setAttribute("d", lossOutline(about.losses));
    this.wireMenu();
    this.takeBack();
    this.leave = groupNamed(`epochs ${about.name}`).join(this);
  }

  isOf(about) {
    return about.name === this.about.name && String(about.epochs) === String(this.about.epochs);
  }

  /** By itself it goes at once where it is told, and asks for what is to be seen there. */
  takeBack() {
    const { head } = this;
    this.player = null;
    const move = (action) => {
      action();
      this.show();
      this.rest();
    };
    const calls = {
      step: (direction) => move(() => head.step(direction)),
      leap: (frames) => move(() => head.glideTo(head.goal + frames)),
      goTo: (frame) => move(() => head.glideTo(frame)),
      drag: (place) => move(() => head.dragTo(place)),
      release: () => move(() => head.glideTo(head.nearest)),
      toggle: () => {
        this.wantsPlay = !this.wantsPlay;
        // Playing begins at the beginning where it stands at the end.
        if (this.wantsPlay && head.nearest === head.last) head.dragTo(0);
        move(() => {});
      },
      speed: (factor) => (head.speed = factor),
      loop: (isOn) => move(() => (head.isLooping = isOn)),
      follow: (isOn) => move(() => (this.isFollowing = isOn)),
    };
    this.transport?.dispose();
    this.transport = new Transport(this.part, { numbers: this.about.epochs, totalEpochs: this.about.total, isLive: false }, calls, true);
    this.show();
  }

  /** A rewind is here: from now on the controls are its own. */
  yieldTo(player) {
    this.player = player;
    this.wantsPlay = false;
    this.transport.dispose();
  }

  show() {
    this.tell(this.head.nearest);
    this.transport.show(this.head, this.isFollowing, this.part("epoch").textContent);
  }

  /** The words beside the track. @param {number} frame the kept epoch that is shown. */
  tell(frame) {
    const { epochs, losses, loss_name: name, total } = this.about;
    const loss = losses[frame];
    const write = (part, text) => {
      if (this.part(part).textContent !== text) this.part(part).textContent = text;
    };
    write("epoch", `Epoch ${counted(epochs[frame])} of ${counted(total)}`);
    write("loss", loss === null ? (epochs[frame] === 0 ? "untrained" : "") : `loss ${Number(loss.toPrecision(4))} ↓`);
    this.part("loss").title = loss === null ? "" : `${name}, lower is better`;
  }

  // ---- What Python is told, and says

  /** It stands at an epoch: after a while that is said. */
  rest(frame = this.head.nearest) {
    this.send(this.about.epochs[frame]);
  }

  say(epoch) {
    if (epoch === this.said) return;
    this.said = epoch;
    this.echoes.push(epoch);
    this.host.setStateValue("epoch", epoch);
  }

  /** The address says where to stand: followed unless it only repeats what was said from here. */
  hear(at) {
    const epoch = at ?? this.about.epochs.at(-1);
    const echo = this.echoes.lastIndexOf(epoch);
    this.echoes = this.echoes.slice(echo + 1);
    if (echo >= 0 || epoch === this.said) return;
    this.said = epoch;
    const place = this.head.placeOf(epoch);
    if (this.player) this.player.goTo(place);
    else {
      this.head.dragTo(place);
      this.show();
    }
  }

  wireMenu() {
    const menu = this.part("menu");
    this.closing = new AbortController();
    const outside = (event) => event.composedPath().includes(menu) || (menu.open = false);
    document.addEventListener("pointerdown", outside, { capture: true, signal: this.closing.signal });
    menu.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    };
  }

  dispose() {
    this.send.cancel();
    this.closing.abort();
    this.transport.dispose();
    this.leave();
  }
}
