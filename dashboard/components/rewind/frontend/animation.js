// The frames: what moves is moved, drawn and decoded, once each, as long as anything moves.
import { counted } from "../../lib/ui/text.js";
import { factsOf } from "./readout.js";

// After a pause (a hidden tab) the player goes on from where it was.
const LONGEST_STEP_MS = 100;

export class Animation {
  /** @param {import("./controller.js").Rewind} rewind whose parts are moved, drawn and told. */
  constructor(rewind) {
    this.rewind = rewind;
    this.frame = 0;
    this.shownFrame = -1;
    this.isRunning = false;
  }

  request() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    const { rewind } = this;
    const { coordinates, head } = rewind;
    this.frame = 0;
    const wasRunning = this.isRunning;
    const ms = wasRunning ? Math.min(now - this.tickedAt, LONGEST_STEP_MS) : 0;
    this.tickedAt = now;
    head.advance(ms);
    coordinates.advance(ms);
    this.isRunning = rewind.isMoving;
    if (coordinates.move()) rewind.scene.movePoints();
    if (this.shownFrame !== rewind.f) this.epochChanged();
    if (this.isUnsettled && !this.isRunning) this.settled();
    rewind.placeMarkers();
    rewind.scene.draw();
    rewind.transport.show(head, rewind.viewing.isFollowing, rewind.words.epoch());
    rewind.inPlace?.follow();
    rewind.inference.frameDrawn();
    if (this.isRunning) this.request();
  }

  /** Another kept epoch is the nearest now: its words and pictures. */
  epochChanged() {
    const { rewind } = this;
    const { epochs, f, pictures, readout } = rewind;
    this.shownFrame = f;
    const facts = factsOf(epochs, f);
    rewind.facts = facts;
    for (const name of ["epoch", "loss", "codes", "compressed"]) readout.write(name, facts[name]);
    pictures.show(epochs, f, `Reconstructed at epoch ${counted(epochs.numbers[f])}`);
    rewind.describe();
  }

  /** The player came to a stop, or a live epoch has arrived in full. */
  settled() {
    const { announce, describe, hover, note, words } = this.rewind;
    this.isUnsettled = false;
    // A card is closed while its dot moves.
    if (hover.index >= 0) hover.openLater(hover.index);
    note();
    describe();
    if (!this.isTold) return;
    this.isTold = false;
    announce(words.epoch());
  }

  // ---- The player

  /** Something moves the player: a frame follows, and what pointed at resting dots lets go of its card. */
  move(action) {
    action();
    this.isUnsettled = true;
    this.rewind.hover.card.hide();
    this.rewind.hover.openLater.cancel();
    this.request();
  }

  step(direction) {
    this.isTold = true;
    this.move(() => this.rewind.head.step(direction));
  }

  toggle() {
    const { head } = this.rewind;
    this.isTold = true;
    this.move(() => (head.isPlaying ? head.pause() : head.play()));
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    // Nothing asks for a frame any more.
    this.frame = -1;
  }
}
