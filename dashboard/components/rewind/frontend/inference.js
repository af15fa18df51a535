// What is decoded: which code, by which epoch's decoder, as which class; once a frame, and only what has changed.
import { Decoders } from "./decoders.js";
import { DecoderClient } from "../../lib/decoder/client.js";
import { codeText, counted } from "../../lib/ui/text.js";
import { debounced } from "../../lib/ui/dom.js";

// Whoever drags over ten epochs wants the decoder of the one where they stop.
const ASK_MS = 80;

export class Inference {
  /**
   * @param {import("./controller.js").Rewind} rewind asked for what is pointed at and pinned, and where the player stands.
   * @param {(epoch: number) => void} ask tells Python which epoch's decoder is wanted.
   */
  constructor(rewind, ask) {
    const { epochs } = rewind;
    this.rewind = rewind;
    this.chosenClass = null;
    this.lastClass = 0;
    this.decodedKey = "";
    this.missing = null;
    this.client = new DecoderClient(
      WORKER_SOURCE,
      { latentDim: epochs.latentDim },
      (image, request) => this.paint(image, request),
      (text) => rewind.complain(`The decoder cannot run in this browser: ${text}`),
    );
    this.askLater = debounced((epoch) => this.decoders.want(epoch), ASK_MS);
    this.decoders = new Decoders(this.client, epochs, ask, () => this.arrived());
  }

  get epoch() {
    const { epochs, f } = this.rewind;
    return epochs.numbers[f];
  }

  /** What is decoded: the pointer's place, else the pin's, else where the pointer was last. */
  wanted() {
    const { coordinates, epochs, f, pin: { at }, pointer, resting, words } = this.rewind;
    if (pointer) return { what: "Under the pointer", code: coordinates.codeAt(coordinates.latentAt(pointer.x, pointer.y)) };
    if (at?.place) return { what: "At the pin", code: coordinates.codeAt(at.place) };
    if (at) return { what: `Pinned: ${words.nameOf(at.index)}`, code: epochs.code(f, at.index) };
    const what = resting ? "Where the pointer was" : "At the mean of the codes";
    return { what, code: coordinates.codeAt(this.rewind.restingPlace()) };
  }

  /** @param {number} [timeStamp] of the event that asked for it. */
  pointedAt(timeStamp) {
    this.timeStamp = timeStamp;
  }

  /** A frame has been drawn: another image may be asked for. */
  frameDrawn() {
    this.decode();
    this.hasDecoded = false;
    this.askForMissing();
    if (this.rewind.head.isPlaying) this.lookAhead();
  }

  decode() {
    const { animation, readout } = this.rewind;
    const { what, code } = this.wanted();
    const { epoch } = this;
    const condition = this.condition();
    const isHere = this.decoders.use(epoch);
    readout.caption(what, epoch, isHere);
    if (!isHere) {
      this.decodedKey = "";
      readout.write("position", codeText(code));
    }
    const key = `${epoch} ${condition} ${code}`;
    if (!isHere || this.decodedKey === key) return;
    if (this.hasDecoded) {
      animation.request();
      return;
    }
    this.hasDecoded = true;
    this.decodedKey = key;
    this.client.decodeNow(code, condition, this.timeStamp ?? performance.now());
    this.timeStamp = null;
  }

  /** At rest, or on the way to a rest, the decoder of that epoch is asked for; what lies on the way is not. */
  askForMissing() {
    const { epochs, head } = this.rewind;
    const epoch = epochs.numbers[head.goal];
    const missing = head.isPlaying || this.decoders.has(epoch) ? null : epoch;
    if (missing === this.missing) return;
    this.missing = missing;
    if (missing === null) this.askLater.cancel();
    else this.askLater(missing);
  }

  /** While it plays, the decoder of the epoch that comes is made ready, or asked for. */
  lookAhead() {
    const { epochs, head } = this.rewind;
    const next = Math.min(Math.floor(head.place) + 1, epochs.last);
    if (this.ahead === next) return;
    this.ahead = next;
    const epoch = epochs.numbers[next];
    if (!this.decoders.prepare(epoch)) this.decoders.want(epoch);
  }

  paint(image, request) {
    // An answer that comes after the player has gone on to an epoch without a decoder is not that epoch's.
    if (this.decoders.has(this.epoch)) this.rewind.readout.paint(image, request);
    this.rewind.describe();
  }

  arrived() {
    this.decodedKey = "";
    // The first ones are found while all is still being built.
    if (this.rewind.isBuilt) this.rewind.animation.request();
  }

  /** Newer epochs bring decoders of their own. */
  replace(epochs) {
    this.decodedKey = "";
    this.decoders.replace(epochs);
  }

  // ---- Classes

  /** The class to decode as: the chosen one, else that of the code pointed at or pinned, else the last such. */
  condition() {
    const { classes, epochs, f, hover, pin, pointer } = this.rewind;
    if (!epochs.conditions) return null;
    const i = hover.index >= 0 ? hover.index : pointer ? -1 : (pin.at?.index ?? -1);
    if (i >= 0) this.lastClass = epochs.conditionOf(f, i);
    classes.show(epochs.classes[this.lastClass]);
    return this.chosenClass ?? this.lastClass;
  }

  chooseClass(k) {
    this.chosenClass = k;
    this.rewind.animation.request();
  }

  // ---- The card beside a resting pointer

  /** Code `i` decoded at the epoch shown; `onImage` is called with the image, or with null where it cannot be. */
  decodeImage(i, onImage) {
    const { epochs, f } = this.rewind;
    const { epoch } = this;
    if (this.rewind.isMoving) return;
    if (!this.decoders.use(epoch)) {
      onImage(null);
      return;
    }
    const conditions = epochs.conditions && [epochs.conditionOf(f, i)];
    this.client.decodeLater(Float32Array.from(epochs.code(f, i)), conditions, (_, image) => {
      if (!this.rewind.isMoving && this.epoch === epoch) onImage(image);
    }, true);
  }

  /** What is known of code `i`; its reconstruction is handed in. */
  knownOf(i, reconstruction) {
    const { epochs } = this.rewind;
    const k = epochs.about.places.indexOf(i);
    return {
      index: epochs.imageOf(i),
      label: epochs.classes[epochs.labels[i]],
      error: null,
      original: k < 0 ? null : epochs.original(k),
      reconstruction,
      reconstructionName: `at epoch ${counted(this.epoch)}`,
    };
  }

  dispose() {
    this.askLater.cancel();
    this.decoders?.dispose();
    this.client.dispose();
  }
}
