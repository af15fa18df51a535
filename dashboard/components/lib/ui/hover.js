// What happens near a code under a resting pointer: a ring at once, a card after a moment.
import { debounced, throttled } from "./dom.js";
import { HoverCard } from "./card.js";
import { toScreen } from "../scatter/geometry.js";

// FiftyOne's figures: generous to the hand, and quiet while the pointer only passes through.
const HIT_TEST_MS = 50;
const DWELL_MS = 125;

export class Hover {
  /** @param {LatentPlane} owner asked for the pointer, the nearest code, and what is known of it. */
  constructor(owner) {
    this.owner = owner;
    this.index = -1;
    this.card = new HoverCard(owner.part("card"), owner.shape);
    this.test = throttled(() => this.look(), HIT_TEST_MS);
    this.openLater = debounced((i) => this.open(i), DWELL_MS);
  }

  look() {
    const { owner } = this;
    if (!owner.pointer) return;
    const i = owner.pick(owner.pointer.x, owner.pointer.y);
    if (i === this.index) return;
    this.close();
    this.index = i;
    owner.followImage(i);
    if (i < 0) return;
    owner.stage.mark({ ring: owner.placeOf({ index: i }) });
    this.openLater(i);
  }

  stop() {
    this.close();
    this.owner.followImage(-1);
  }

  close() {
    this.openLater.cancel();
    this.test.cancel();
    this.index = -1;
    this.card.hide();
    this.owner.stage.mark({ ring: null });
  }

  open(i) {
    const { owner } = this;
    const code = owner.codeOf({ index: i });
    const show = (reconstruction) => {
      if (this.index !== i) return;
      const { stage } = owner;
      const [x, y] = toScreen(stage.view(), stage.size, ...owner.placeOf({ index: i }));
      this.card.show({ ...owner.knownOf(i, reconstruction), code }, { x, y }, stage.size);
    };
    owner.decodeImage(i, show);
  }

  dispose() {
    this.openLater.cancel();
    this.test.cancel();
    this.index = -1;
  }
}
