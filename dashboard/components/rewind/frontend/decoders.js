// The decoders of the epochs: those that were sent, those that Python brings later, and those in the worker.
import { groupNamed } from "../../lib/streamlit/bus.js";

// Each is a few megabytes once it is unpacked.
const MOST_UNPACKED = 16;

/** Where a rewind and the decoders brought to it meet. */
export function rewindGroup(name) {
  return groupNamed(`rewind:${name}`);
}

export class Decoders {
  /**
   * @param {import("../../lib/decoder/client.js").DecoderClient} client
   * @param {import("./epochs.js").Epochs} epochs
   * @param {(epoch: number) => void} ask tells Python which epoch's decoder is wanted.
   * @param {(epoch: number) => void} onArrival called with the epoch whose decoder came.
   */
  constructor(client, epochs, ask, onArrival) {
    this.client = client;
    this.epochs = epochs;
    this.ask = ask;
    this.onArrival = onArrival;
    this.brought = new Map();
    this.unpacked = [];
    this.current = null;
    this.asked = null;
    this.group = rewindGroup(epochs.name);
    this.leave = this.group.join({ contributed: () => this.look() });
    this.look();
  }

  /** Takes over what has been brought. */
  look() {
    for (const { decoder } of this.group.contributions.values()) {
      if (!decoder || this.brought.get(decoder.epoch) === decoder.bytes) continue;
      this.brought.set(decoder.epoch, decoder.bytes);
      this.forget(decoder.epoch);
      this.onArrival(decoder.epoch);
    }
  }

  /** Newer epochs: what they bring replaces what there was. */
  replace(epochs) {
    this.epochs = epochs;
    this.brought.clear();
    for (const epoch of [...this.unpacked]) this.forget(epoch);
    this.look();
  }

  has(epoch) {
    return this.brought.has(epoch) || this.epochs.hasDecoder(epoch);
  }

  /** Decodes by this epoch's decoder from now on; false where it is not here. */
  use(epoch) {
    if (!this.prepare(epoch)) return false;
    if (this.current !== epoch) this.client.use(epoch);
    this.current = epoch;
    return true;
  }

  /** Hands the worker this epoch's decoder, so that changing to it takes no time. */
  prepare(epoch) {
    if (!this.has(epoch)) return false;
    if (this.unpacked.includes(epoch)) return true;
    this.client.keep(epoch, this.epochs.hasDecoder(epoch) ? this.epochs.decoder(epoch) : this.brought.get(epoch));
    this.unpacked.push(epoch);
    if (this.unpacked.length > MOST_UNPACKED) {
      this.forget(this.unpacked.find((other) => other !== this.current && other !== epoch));
    }
    return true;
  }

  forget(epoch) {
    if (!this.unpacked.includes(epoch)) return;
    this.unpacked = this.unpacked.filter((other) => other !== epoch);
    this.client.forget(epoch);
    if (this.current === epoch) this.current = null;
  }

  /** Asks for what is not here. Python answers the latest question only, so an earlier one may be asked again. */
  want(epoch) {
    if (this.has(epoch) || this.asked === epoch) return;
    this.asked = epoch;
    this.ask(epoch);
  }

  dispose() {
    this.leave();
  }
}
