// Something that travels in numbered parts, each when it is first wanted, and then the others, one after the other.

// Once one was wanted the others come too, so that the pointer need not wait: not of large sets.
const MOST_FETCHED_AHEAD = 64;
const RETRY_MS = 5000;

export class Parts {
  /**
   * @param {number} count how many parts there are.
   * @param {(number: number, signal: AbortSignal) => Promise<any>} receive gives a part, or null where it is not to be had.
   * @param {() => void} onChange called when a part came, or when it is known that it does not.
   * @param {number} [most] parts that are kept: the ones that came first go first, and none is fetched ahead.
   */
  constructor(count, receive, onChange, most = Infinity) {
    this.count = count;
    this.receive = receive;
    this.onChange = onChange;
    this.most = most;
    this.abort = new AbortController();
    /** Of each part that was asked for what it is, null while it travels, or when it failed, in ms. */
    this.parts = new Map();
    this.isAhead = most < count || count > MOST_FETCHED_AHEAD;
  }

  /** "present", "loading" or "broken". */
  stateOf(number) {
    const part = this.parts.get(number);
    if (typeof part === "number") return "broken";
    return part ? "present" : "loading";
  }

  /** Part `number` where it is here, else null. */
  seen(number) {
    const part = this.parts.get(number);
    return part && typeof part === "object" ? part : null;
  }

  /** The same, and where it is not here it is asked for. */
  get(number) {
    const part = this.parts.get(number);
    const isDue = part === undefined || (typeof part === "number" && performance.now() - part > RETRY_MS);
    if (isDue) this.fetchFrom(number);
    return this.seen(number);
  }

  /** A part that is wanted now, and then those that may be wanted next. */
  async fetchFrom(number) {
    await this.fetch(number);
    if (this.isAhead) return;
    this.isAhead = true;
    for (let k = 1; k < this.count && !this.abort.signal.aborted; k++) {
      const next = (number + k) % this.count;
      if (!this.parts.has(next)) await this.fetch(next);
    }
  }

  async fetch(number) {
    this.parts.set(number, null);
    const part = await this.receive(number, this.abort.signal).catch(() => null);
    if (this.abort.signal.aborted) return;
    this.parts.set(number, part ?? performance.now());
    for (const oldest of this.parts.keys()) {
      if (this.parts.size <= this.most) break;
      this.parts.delete(oldest);
    }
    this.onChange();
  }

  dispose() {
    this.abort.abort();
    this.parts.clear();
  }
}
