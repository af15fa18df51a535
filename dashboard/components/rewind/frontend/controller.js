// One mounted rewind: where the player stands, what is pointed at and pinned, and what follows from it each frame.
import { Decoders } from "./decoders.js";
import { DecoderClient } from "../../lib/decoder/client.js";
import { Hover } from "../../lib/ui/hover.js";
import { Legend } from "../../lib/ui/legend.js";
import { Pictures } from "./pictures.js";
import { Playhead } from "./playhead.js";
import { ClassChoice, Readout, factsOf } from "./readout.js";
import { Reel } from "./epochs.js";
import { Scene } from "./renderer.js";
import { Sliders } from "../../lib/ui/sliders.js";
import { Transport } from "./transport.js";
import { Viewing } from "./viewport.js";
import { Windows, between } from "./windows.js";
import { Words } from "./words.js";
import { classCounts } from "../../latent_plane/frontend/packed.js";
import { toLatent } from "../../lib/scatter/geometry.js";
import { codeText, counted } from "../../lib/ui/text.js";
import { debounced, element, throttled } from "../../lib/ui/dom.js";
import { listen } from "./input.js";
import { nearestDot } from "./nearest.js";

// As generous to the hand as the latent plane.
const PICK_RADIUS = 14;
const ANNOUNCE_MS = 700;
// Whoever drags over ten epochs wants the decoder of the one where they stop.
const ASK_MS = 80;
// From one epoch of a live training to the next, unless they come faster.
const DRIFT_MS = 400;
const SHORTEST_DRIFT_MS = 80;
// After a pause (a hidden tab) the player goes on from where it was.
const LONGEST_STEP_MS = 100;
const NARROW_PX = 720;

export class Rewind {
  /**
   * @param {HTMLElement} root the component's page, as in rewind.html.
   * @param {Uint8Array} bytes what packing.py packed.
   * @param {{setStateValue: function(string, *)}} host
   */
  constructor(root, bytes, host) {
    Object.assign(this, { root, bytes, host });
    this.abort = new AbortController();
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.part("problem").hidden = true;
  }

  /** A rerun or a new theme: the way to Python may be a new one, the colours too. */
  renew(host) {
    this.host = host;
    this.scene.readTheme();
  }

  /** Everything that can fail or must be released; `dispose` releases as much as was reached. */
  start() {
    this.reel = new Reel(this.bytes);
    this.windows = new Windows(this.reel);
    this.motion = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.head = new Playhead(this.reel.epochs, () => this.motion.matches);
    Object.assign(this, { axes: this.reel.firstAxes(), hidden: [], viewing: new Viewing(this) });
    Object.assign(this, { pointer: null, pin: null, resting: null, chosenClass: null, lastClass: 0, drift: null });
    Object.assign(this, { frame: 0, shownFrame: -1, isRunning: false, span: [], latentDim: this.reel.latentDim });
    this.shape = this.reel.shape;
    this.positions = this.reel.positions(this.reel.last, this.axes);
    this.between = new Float32Array(this.positions.length);
    this.arrivedAt = performance.now();
    this.client = new DecoderClient(
      WORKER_SOURCE,
      { latentDim: this.latentDim },
      (image, request) => this.paint(image, request),
      (text) => this.complain(`The decoder cannot run in this browser: ${text}`),
    );
    this.askLater = debounced((epoch) => this.decoders.want(epoch), ASK_MS);
    this.words = new Words(this);
    this.note = debounced(() => this.words.writeNote(), 120);
    this.announce = throttled((text) => (this.part("live").textContent = text), ANNOUNCE_MS);
    this.describe = throttled(() => this.words.describePlane(), ANNOUNCE_MS);
    this.build();
  }

  build() {
    const { part, reel } = this;
    const ask = (epoch) => this.host.setStateValue("epoch", epoch);
    this.decoders = new Decoders(this.client, reel, ask, () => this.decoderArrived());
    this.isPickable = (i) => !this.hidden.includes(reel.labels[i]);
    this.scene = new Scene(part, this, this.root);
    // What the hover card asks of a plane.
    this.stage = this.scene;
    this.hover = new Hover(this);
    this.readout = new Readout(part, reel);
    this.pictures = new Pictures(part, reel, {
      onPin: (k) => this.pinPicture(k),
      onPoint: (k) => this.scene.light(k),
    });
    this.classes = new ClassChoice(part, reel, (k) => this.chooseClass(k));
    const legend = { classes: reel.classes, counts: classCounts(reel), colours: reel.colours };
    new Legend(part("legend"), legend, this.hidden, (hidden) => this.hideClasses(hidden));
    this.buildAxes();
    this.transport = new Transport(part, reel, {
      step: (direction) => this.step(direction),
      leap: (frames) => this.move(() => this.head.glideTo(this.head.goal + frames)),
      goTo: (frame) => this.move(() => this.head.glideTo(frame)),
      drag: (epoch) => this.move(() => this.head.dragTo(this.head.placeOf(epoch))),
      release: () => this.move(() => this.head.glideTo(this.head.nearest)),
      toggle: () => this.toggle(),
      speed: (factor) => (this.head.speed = factor),
      loop: (isOn) => this.move(() => (this.head.isLooping = isOn)),
      follow: (isOn) => this.viewing.follow(isOn),
    });
    this.root.classList.toggle("is-live", reel.isLive);
    listen(this);
    this.scene.setPoints();
    this.setPin(null);
    this.resized();
  }

  buildAxes() {
    const { latentDim, part } = this;
    const choices = Array.from({ length: latentDim > 2 ? latentDim : 0 }, () => [0, 1]);
    part("others").hidden = latentDim < 3;
    part("axes").onkeydown = (event) => event.stopPropagation();
    this.sliders = new Sliders({ list: element("div"), axes: part("axes") }, choices, [], this.axes, {
      onMove: () => {},
      onRelease: () => {},
      onAxes: (axes) => this.changeAxes(axes),
    });
  }

  // ---- Frames

  get isMoving() {
    return this.head.isMoving || this.drift !== null;
  }

  /** The kept epoch nearest to where the player stands. */
  get f() {
    return this.head.nearest;
  }

  requestFrame() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = 0;
    const wasRunning = this.isRunning;
    const ms = wasRunning ? Math.min(now - this.tickedAt, LONGEST_STEP_MS) : 0;
    this.tickedAt = now;
    this.head.advance(ms);
    this.advanceDrift(ms);
    this.isRunning = this.isMoving;
    this.moveDots();
    if (this.shownFrame !== this.f) this.epochChanged();
    if (this.isUnsettled && !this.isRunning) this.settled();
    this.placeMarkers();
    this.scene.draw();
    this.transport.show(this.head, this.viewing.isFollowing, this.words.epoch());
    this.decode();
    this.hasDecoded = false;
    this.askForMissing();
    if (this.head.isPlaying) this.lookAhead();
    if (this.isRunning) this.requestFrame();
  }

  advanceDrift(ms) {
    if (!this.drift) return;
    this.drift.gone += ms;
    if (this.drift.gone >= this.drift.length) this.drift = null;
  }

  /** From which positions to which the codes are under way, and how far, 0 to 1. */
  journey() {
    const { drift, reel, axes, head } = this;
    if (drift) return [drift.from, reel.positions(0, axes), drift.gone / drift.length];
    const before = Math.floor(head.place);
    const share = head.place - before;
    const from = reel.positions(before, axes);
    return share === 0 ? [from, from, 0] : [from, reel.positions(before + 1, axes), share];
  }

  moveDots() {
    const span = this.journey();
    if (span.every((value, k) => value === this.span[k])) return;
    this.span = span;
    const [from, to, share] = span;
    this.positions = share === 0 ? from : between(from, to, share, this.between);
    this.scene.movePoints();
  }

  placeMarkers() {
    const { pin, pointer, hover, scene } = this;
    Object.assign(scene.markers, {
      pin: pin && this.placeOf(pin),
      ring: hover.index >= 0 ? this.placeOf({ index: hover.index }) : null,
      cursor: pin || pointer ? null : this.restingPlace(),
    });
  }

  /** The player came to a stop, or a live epoch has arrived in full. */
  settled() {
    this.isUnsettled = false;
    // A card is closed while its dot moves.
    if (this.hover.index >= 0) this.hover.openLater(this.hover.index);
    this.note();
    this.describe();
    if (!this.isTold) return;
    this.isTold = false;
    this.announce(this.words.epoch());
  }

  /** Another kept epoch is the nearest now: its words and pictures. */
  epochChanged() {
    const { reel, f } = this;
    this.shownFrame = f;
    this.facts = factsOf(reel, f);
    this.readout.write("epoch", this.facts.epoch);
    this.readout.write("loss", this.facts.loss);
    this.readout.write("codes", this.facts.codes);
    this.readout.write("compressed", this.facts.compressed);
    this.pictures.show(reel, f, `Reconstructed at epoch ${counted(reel.epochs[f])}`);
    this.describe();
  }

  // ---- The player

  /** Something moves the player: a frame follows, and what pointed at resting dots lets go of its card. */
  move(action) {
    action();
    this.isUnsettled = true;
    this.hover.card.hide();
    this.hover.openLater.cancel();
    this.requestFrame();
  }

  step(direction) {
    this.isTold = true;
    this.move(() => this.head.step(direction));
  }

  toggle() {
    this.isTold = true;
    this.move(() => (this.head.isPlaying ? this.head.pause() : this.head.play()));
  }

  /** While it plays, the decoder of the epoch that comes is made ready, or asked for. */
  lookAhead() {
    const next = Math.min(Math.floor(this.head.place) + 1, this.reel.last);
    if (this.ahead === next) return;
    this.ahead = next;
    const epoch = this.reel.epochs[next];
    if (!this.decoders.prepare(epoch)) this.decoders.want(epoch);
  }

  // ---- A live training

  /** Whether these are newer data of the same live training; the dots then glide to their new places. */
  takes(bytes) {
    const reel = readOrNull(bytes);
    if (!reel || !this.reel?.continues(reel)) return false;
    const now = performance.now();
    const length = Math.min(DRIFT_MS, Math.max(SHORTEST_DRIFT_MS, 0.9 * (now - this.arrivedAt)));
    const from = Float32Array.from(this.positions);
    const fromView = this.viewing.automatic();
    this.arrivedAt = now;
    Object.assign(this, { bytes, reel, windows: new Windows(reel), shownFrame: -1, decodedKey: "" });
    this.head.epochs = reel.epochs;
    this.drift = this.motion.matches ? null : { from, fromView, gone: 0, length };
    this.decoders.replace(reel);
    this.move(() => {});
    return true;
  }

  // ---- Decoding

  /** What is decoded: the pointer's place, else the pin's, else where the pointer was last. */
  wanted() {
    const { reel, f, pin } = this;
    if (this.pointer) return { what: "Under the pointer", code: this.codeAt(this.latentAt(this.pointer.x, this.pointer.y)) };
    if (pin?.place) return { what: "At the pin", code: this.codeAt(pin.place) };
    if (pin) return { what: `Pinned: ${this.words.nameOf(pin.index)}`, code: reel.code(f, pin.index) };
    return { what: this.resting ? "Where the pointer was" : "At the mean of the codes", code: this.codeAt(this.restingPlace()) };
  }

  /** Once a frame at most, and only what has changed. */
  decode() {
    const { what, code } = this.wanted();
    const epoch = this.reel.epochs[this.f];
    const condition = this.condition();
    const isHere = this.decoders.use(epoch);
    this.readout.caption(what, epoch, isHere);
    if (!isHere) {
      this.decodedKey = "";
      this.readout.write("position", codeText(code));
    }
    const key = `${epoch} ${condition} ${code}`;
    if (!isHere || this.decodedKey === key) return;
    if (this.hasDecoded) {
      this.requestFrame();
      return;
    }
    this.hasDecoded = true;
    this.decodedKey = key;
    this.client.decodeNow(code, condition, this.pointedAt ?? performance.now());
    this.pointedAt = null;
  }

  /** At rest, or on the way to a rest, the decoder of that epoch is asked for; what lies on the way is not. */
  askForMissing() {
    const epoch = this.reel.epochs[this.head.goal];
    const missing = this.head.isPlaying || this.decoders.has(epoch) ? null : epoch;
    if (missing === this.missing) return;
    this.missing = missing;
    if (missing === null) this.askLater.cancel();
    else this.askLater(missing);
  }

  paint(image, request) {
    // An answer that comes after the player has gone on to an epoch without a decoder is not that epoch's.
    if (this.decoders.has(this.reel.epochs[this.f])) this.readout.paint(image, request);
    this.describe();
  }

  decoderArrived() {
    this.decodedKey = "";
    // The first ones are found while all is still being built.
    if (this.transport) this.requestFrame();
  }

  /** The class to decode as: the chosen one, else that of the code pointed at or pinned, else the last such. */
  condition() {
    const { reel, hover, pin, f } = this;
    if (!reel.conditions) return null;
    const i = hover.index >= 0 ? hover.index : this.pointer ? -1 : (pin?.index ?? -1);
    if (i >= 0) this.lastClass = reel.conditionOf(f, i);
    this.classes.show(reel.classes[this.lastClass]);
    return this.chosenClass ?? this.lastClass;
  }

  chooseClass(k) {
    this.chosenClass = k;
    this.requestFrame();
  }

  // ---- Codes and places

  /** A full code at a plane position: the other dimensions at the mean of the epoch's codes. */
  codeAt([x, y]) {
    const code = Float64Array.from(this.reel.means(this.f));
    code[this.axes[0]] = x;
    if (this.axes[1] >= 0) code[this.axes[1]] = y;
    return code;
  }

  view() {
    return this.viewing.view();
  }

  latentAt(px, py) {
    return toLatent(this.view(), this.scene.size, px, py);
  }

  /** Where a pin or a code stands on the plane now. */
  placeOf({ index, place }) {
    return place ?? [this.positions[2 * index], this.positions[2 * index + 1]];
  }

  restingPlace() {
    if (this.resting) return this.resting;
    const means = this.reel.means(this.f);
    return [means[this.axes[0]], this.axes[1] < 0 ? 0 : means[this.axes[1]]];
  }

  /** The code within reach of a point in CSS px, or -1; hidden classes are out of reach. */
  pick(px, py) {
    const radius = (PICK_RADIUS * this.view().width) / this.scene.size.width;
    return nearestDot(this.positions, ...this.latentAt(px, py), radius, this.isPickable);
  }

  // ---- What the hover card asks for

  codeOf({ index }) {
    return this.reel.code(this.f, index);
  }

  followImage() {
    this.requestFrame();
  }

  decodeImage(i, onImage) {
    const epoch = this.reel.epochs[this.f];
    if (this.isMoving) return;
    if (!this.decoders.use(epoch)) {
      onImage(null);
      return;
    }
    const conditions = this.reel.conditions && [this.reel.conditionOf(this.f, i)];
    this.client.decodeLater(Float32Array.from(this.reel.code(this.f, i)), conditions, (_, image) => {
      if (!this.isMoving && this.reel.epochs[this.f] === epoch) onImage(image);
    }, true);
  }

  knownOf(i, reconstruction) {
    const { reel } = this;
    const k = reel.about.places.indexOf(i);
    return {
      index: reel.imageOf(i),
      label: reel.classes[reel.labels[i]],
      error: null,
      original: k < 0 ? null : reel.original(k),
      reconstruction,
      reconstructionName: `at epoch ${counted(reel.epochs[this.f])}`,
    };
  }

  // ---- Pointing and pinning

  point(x, y, timeStamp) {
    this.pointer = { x, y };
    this.pointedAt = timeStamp;
    this.hover.test();
    // Ahead of the frame, so that its image is there with it; while dots move, the frame comes first.
    if (!this.isRunning) this.decode();
    this.requestFrame();
  }

  leave() {
    if (this.pointer) this.resting = this.latentAt(this.pointer.x, this.pointer.y);
    this.pointer = null;
    this.hover.stop();
    this.requestFrame();
  }

  /** @param {?{place: ?number[], index: ?number}} pin a place on the plane, a code that is followed, or nothing. */
  setPin(pin) {
    this.pin = pin;
    this.part("pin").classList.toggle("is-position", Boolean(pin?.place));
    this.part("unpin").hidden = !pin;
    this.pictures.press(pin?.index === undefined ? -1 : this.reel.about.places.indexOf(pin.index));
    this.requestFrame();
  }

  pinPicture(k) {
    const index = this.reel.about.places[k];
    const isPinned = this.pin?.index === index;
    this.setPin(isPinned ? null : { index });
    this.announce(isPinned ? "Nothing is pinned." : `Pinned ${this.words.nameOf(index)}.`);
  }

  /** The code nearest to the pin, or to the resting place, is pinned and followed. */
  pinNearest() {
    const from = this.placeOf(this.pin ?? { place: this.restingPlace() });
    const index = nearestDot(this.positions, ...from, Infinity, this.isPickable);
    if (index < 0) return;
    this.setPin({ index });
    this.announce(`Pinned ${this.words.nameOf(index)}.`);
  }

  movePin(dx, dy) {
    const [x, y] = this.placeOf(this.pin ?? { place: this.restingPlace() });
    const { width } = this.view();
    this.setPin({ place: [x + dx * width, y + dy * width] });
    this.announce(this.words.place());
  }

  clear() {
    if (!this.pin) return;
    this.setPin(null);
    this.announce("Nothing is pinned.");
  }

  // ---- Axes and classes

  changeAxes(axes) {
    Object.assign(this, { axes, resting: null, span: [], drift: null });
    this.sliders.showAxes(axes);
    // A place on other axes is no place here; a code is.
    if (this.pin?.place) this.setPin(null);
    this.viewing.reset();
  }

  /** Another window over the same dots. */
  viewChanged() {
    this.hover.stop();
    if (this.pointer) this.hover.test();
    this.note();
    this.requestFrame();
  }

  hideClasses(hidden) {
    this.hidden = hidden;
    this.hover.stop();
    this.scene.requestDraw();
  }

  resized() {
    this.readout?.fit(this.root.clientWidth <= NARROW_PX);
    this.note();
    this.requestFrame();
  }

  complain(text) {
    const problem = this.part("problem");
    problem.textContent = text;
    problem.hidden = false;
  }

  dispose() {
    this.abort.abort();
    cancelAnimationFrame(this.frame);
    // Nothing asks for a frame any more.
    this.frame = -1;
    for (const waiting of [this.askLater, this.note, this.announce, this.describe]) waiting?.cancel();
    this.hover?.dispose();
    this.transport?.dispose();
    this.decoders?.dispose();
    this.client?.dispose();
    this.scene?.dispose();
    // The page may keep a reference to the root for a while; the data need not stay with it.
    this.reel = this.bytes = null;
  }
}

function readOrNull(bytes) {
  try {
    return new Reel(bytes);
  } catch {
    return null;
  }
}
