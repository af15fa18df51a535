// What is decoded: the code under the pointer, else what is chosen; as its own class or as the chosen one.
import { DecoderClient, NO_DECODER } from "../../lib/decoder/client.js";
import { meanSquaredError } from "../../lib/ui/pixels.js";

export class Inference {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for what is pointed at and chosen; its panel shows what is decoded. */
  constructor(plane) {
    /** The code that the panel shows now. */
    this.plane = plane;
    this.shown = null;
    this.client = plane.about.layers ? this.startDecoder() : NO_DECODER;
    // The worker has its own copy.
    plane.weights = null;
  }

  startDecoder() {
    const { about, latentDim, weights } = this.plane;
    return new DecoderClient(
      WORKER_SOURCE,
      { layers: about.layers, tensors: weights, latentDim },
      (image, request) => this.plane.panel.paint(image, request),
      (text) => this.plane.complain(`The decoder cannot run in this browser: ${text}`),
    );
  }

  /** What will be shown first is decoded while all else is built. */
  begin() {
    this.client.decodeNow(this.shown, this.plane.condition.current, performance.now());
  }

  show(code, timeStamp) {
    const { about, chooser, condition, describe, panel, sliders } = this.plane;
    this.shown = code;
    if (!about.layers) panel.locate?.(code);
    this.client.decodeNow(code, condition.current, timeStamp);
    chooser?.show(code, condition);
    sliders.show(code);
    describe();
  }

  /** Nothing is pointed at: back to what is chosen. */
  rest() {
    const { coordinates, panel, selection: { chosen }, stage } = this.plane;
    panel.caption(null);
    if (chosen) this.show(coordinates.codeOf(chosen), performance.now());
    stage.mark({ cursor: chosen ? null : coordinates.placeOf({ code: this.shown }) });
  }

  /** The pointer is near image `i`, or, at -1, near none: what is shown follows. */
  followImage(i) {
    const { condition, coordinates, panel, peers, pointer, snaps } = this.plane;
    const before = condition.current;
    condition.hover(i);
    if (snaps && i >= 0) {
      this.show(coordinates.codeOf({ index: i }), performance.now());
      panel.caption(this.knownOf(i, null));
    } else if (condition.current !== before) this.show(this.shown, performance.now());
    // A pointer that has left says so itself.
    if (pointer) peers.hovered(performance.now());
  }

  /** Code `i` decoded as what its image is, when there is room; `onImage` is called with the image. */
  decodeImage(i, onImage) {
    const { condition, coordinates } = this.plane;
    const own = condition.of(i);
    const code = Float32Array.from(coordinates.codeOf({ index: i }));
    this.client.decodeLater(code, own === null ? null : [own], (_, image) => onImage(image), true);
  }

  /** What is known of code `i`, for the card and the panel; its reconstruction is handed in. */
  knownOf(i, reconstruction) {
    const { classes, condition, errors, labels, originals, rows } = this.plane;
    const original = originals.image(rows.imageOf(i));
    const own = condition.of(i);
    const isAsLabelled = own === null || own === labels[i];
    const computed = original && reconstruction ? meanSquaredError(original, reconstruction) : null;
    return {
      index: rows.imageOf(i),
      label: classes[labels[i]],
      error: errors ? errors[i] : computed,
      original,
      preview: original ? null : originals.preview(rows.imageOf(i)),
      reconstruction,
      // A model that guesses the class itself may guess another.
      reconstructionName: isAsLabelled ? "reconstruction" : `reconstruction as ${classes[own]}`,
      originals: originals.stateOf(rows.imageOf(i)),
    };
  }

  // ---- The class to decode as

  chooseClass(k, timeStamp) {
    this.plane.condition.choose(k);
    this.show(this.shown, timeStamp);
    this.classChanged();
    this.plane.commits.view();
  }

  keepClass(isKept) {
    this.plane.condition.isKept = isKept;
    this.show(this.shown, performance.now());
  }

  /** Every place as class `k`, or with null each image as its own. */
  decodeAs(k) {
    const { condition, conditions, selection } = this.plane;
    if (!conditions) return;
    if (k === null) condition.release(selection.chosen);
    else condition.choose(k);
    this.show(this.shown, performance.now());
    this.classChanged();
  }

  /** The lattice is decoded as the chosen class. */
  classChanged() {
    const { chosen } = this.plane.condition;
    if (this.latticeClass === chosen) return;
    this.latticeClass = chosen;
    this.plane.stage.refreshOverlays();
  }

  dispose() {
    this.client.dispose();
  }
}
