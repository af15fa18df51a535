// What happens near a code under a resting pointer: a ring at once, its image after a moment.
import { debounced, throttled } from "./dom.js";
import { toScreen } from "../scatter/geometry.js";

// FiftyOne's figures: generous to the hand, and quiet while the pointer only passes through.
const HIT_TEST_MS = 50;
const DWELL_MS = 125;

export class Hover {
  /**
   * @param {{show: Function, hide: () => void}} card shows what is known of a code, as HoverCard does.
   * @param {{mark: (markers: Object) => void, view: () => Object, size: Object}} stage where the ring is drawn.
   * @param {Object<string, Function>} calls pointer() gives {x, y} in CSS px or null; pick(x, y) the code in
   *   reach or -1; placeOf(i) its position and codeOf(i) its code; decode(i, onImage) its image, and
   *   knownOf(i, image) what its card says; onNear(i) is told which code is near, -1 for none.
   */
  constructor(card, stage, calls) {
    this.stage = stage;
    this.calls = calls;
    this.index = -1;
    this.lacksOriginal = false;
    this.card = card;
    this.test = throttled(() => this.look(), HIT_TEST_MS);
    this.openLater = debounced((i) => this.open(i), DWELL_MS);
  }

  look() {
    const { calls, stage } = this;
    const pointer = calls.pointer();
    if (!pointer) return;
    const i = calls.pick(pointer.x, pointer.y);
    if (i === this.index) return;
    this.close();
    this.index = i;
    calls.onNear(i);
    if (i < 0) return;
    stage.mark({ ring: calls.placeOf(i) });
    this.openLater(i);
  }

  stop() {
    this.close();
    this.calls.onNear(-1);
  }

  close() {
    this.openLater.cancel();
    this.test.cancel();
    this.index = -1;
    this.card.hide();
    this.stage.mark({ ring: null });
  }

  open(i) {
    const { calls, stage } = this;
    const code = calls.codeOf(i);
    calls.decode(i, (reconstruction) => {
      if (this.index !== i) return;
      const [x, y] = toScreen(stage.view(), stage.size, ...calls.placeOf(i));
      const known = calls.knownOf(i, reconstruction);
      this.lacksOriginal = known.originals === "loading";
      this.card.show({ ...known, code }, { x, y }, stage.size);
    });
  }

  /** Originals came: the card may have been shown without its own. */
  refresh() {
    if (this.index >= 0 && this.lacksOriginal) this.open(this.index);
  }

  dispose() {
    this.openLater.cancel();
    this.test.cancel();
    this.index = -1;
  }
}
