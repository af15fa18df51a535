// Where the player stands among the kept epochs, and how it moves there: time in, place out.

// One kept epoch to the next at 1x: fast enough to see motion, slow enough to see which way.
const INTERVAL_MS = 700;
const GLIDE_MS = 380;
const LONGEST_GLIDE_MS = 900;
const REST_BEFORE_LOOP_MS = 1200;

/** A place is a number from 0, the first kept epoch, to the last; between two whole ones the codes glide. */
export class Playhead {
  /**
   * @param {number[]} epochs the kept epochs' numbers, ascending.
   * @param {() => boolean} isStill whether to jump where it would glide.
   */
  constructor(epochs, isStill = () => false) {
    this.epochs = epochs;
    this.isStill = isStill;
    this.speed = 1;
    this.isLooping = false;
    this.isPlaying = false;
    this.glide = null;
    this.last = epochs.length - 1;
    this.raw = this.last;
  }

  get place() {
    const place = Math.min(this.raw, this.last);
    return this.isStill() ? (this.isPlaying ? Math.floor(place) : Math.round(place)) : place;
  }

  get nearest() {
    return Math.round(this.place);
  }

  /** The epoch's number there, between two kept ones a fraction. */
  get epoch() {
    const f = Math.min(Math.floor(this.place), Math.max(this.last - 1, 0));
    return this.epochs[f] + (this.place - f) * ((this.epochs[f + 1] ?? this.epochs[f]) - this.epochs[f]);
  }

  get isMoving() {
    return this.isPlaying || this.glide !== null;
  }

  /** The place of an epoch's number, within the kept ones. */
  placeOf(epoch) {
    const next = this.epochs.findIndex((kept) => kept >= epoch);
    if (next < 0) return this.last;
    if (next === 0) return 0;
    const before = this.epochs[next - 1];
    return next - 1 + (epoch - before) / (this.epochs[next] - before);
  }

  /** The player is dragged: there at once. */
  dragTo(place) {
    this.isPlaying = false;
    this.glide = null;
    this.raw = Math.min(Math.max(place, 0), this.last);
  }

  /** To a kept epoch, by its place; `goal` says where a further step begins. */
  glideTo(frame) {
    const to = Math.min(Math.max(frame, 0), this.last);
    this.isPlaying = false;
    this.glide = null;
    const from = Math.min(this.raw, this.last);
    if (from === to) return;
    const length = Math.min(GLIDE_MS * Math.sqrt(Math.max(Math.abs(to - from), 0.25)), LONGEST_GLIDE_MS);
    if (this.isStill()) this.raw = to;
    else this.glide = { from, to, gone: 0, length };
  }

  get goal() {
    return this.glide ? this.glide.to : this.nearest;
  }

  /** To the next kept epoch in a direction, 1 or -1; from between two, to the one that lies there. */
  step(direction) {
    const from = this.glide ? this.glide.to : this.place;
    this.glideTo(direction > 0 ? Math.floor(from) + 1 : Math.ceil(from) - 1);
  }

  /** From the end, from the beginning again. */
  play() {
    if (this.last === 0) return;
    if (this.goal >= this.last) this.raw = 0;
    this.glide = null;
    this.isPlaying = true;
  }

  /** Playing ends at an epoch, not between two. */
  pause() {
    this.isPlaying = false;
    this.glideTo(this.nearest);
  }

  /** @param {number} ms that went by. */
  advance(ms) {
    if (this.glide) {
      const { from, to, length } = this.glide;
      const share = Math.min((this.glide.gone += ms) / length, 1);
      // Quick at first, gentle at the end: it answers at once and arrives without a jolt.
      this.raw = from + (to - from) * (1 - (1 - share) ** 2);
      if (share === 1) Object.assign(this, { raw: to, glide: null });
    }
    if (!this.isPlaying) return;
    this.raw += (ms * this.speed) / INTERVAL_MS;
    if (this.raw < this.last) return;
    const rested = (this.raw - this.last) * (INTERVAL_MS / this.speed);
    if (!this.isLooping) Object.assign(this, { raw: this.last, isPlaying: false });
    else if (rested >= REST_BEFORE_LOOP_MS) this.raw = 0;
  }
}
