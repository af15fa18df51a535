// One mounted rewind: its parts, put together and told of one another.
import { Animation } from "./animation.js";
import { Coordinates } from "./coordinates.js";
import { Epochs } from "./epochs.js";
import { Hover } from "../../lib/ui/hover.js";
import { HoverCard } from "../../lib/ui/card.js";
import { Inference } from "./inference.js";
import { Legend } from "../../lib/ui/legend.js";
import { Pictures } from "./pictures.js";
import { Pin } from "./pin.js";
import { Playhead } from "./playhead.js";
import { ClassChoice, Readout } from "./readout.js";
import { Scene } from "./renderer.js";
import { Sliders } from "../../lib/ui/sliders.js";
import { InPlace } from "./in_place.js";
import { Transport } from "./transport.js";
import { Viewing } from "./viewport.js";
import { Windows } from "./windows.js";
import { Words } from "./words.js";
import { classCounts } from "../../latent_plane/frontend/packed.js";
import { debounced, element, throttled } from "../../lib/ui/dom.js";
import { listen } from "./input.js";

const ANNOUNCE_MS = 700;
// From one epoch of a live training to the next, unless they come faster.
const DRIFT_MS = 400;
const SHORTEST_DRIFT_MS = 80;
const NARROW_PX = 720;
// CSS px of the decoded image, beside the plane and below it.
const [ROOM_PX, NARROW_ROOM_PX] = [228, 116];

export class Rewind {
  // What is said of the epoch shown; factsOf says what each is.
  facts;

  /**
   * @param {HTMLElement} root the component's page, as in rewind.html.
   * @param {Uint8Array} bytes what packing.py packed.
   * @param {{setStateValue: (name: string, value: any) => void}} host
   */
  constructor(root, bytes, host) {
    this.root = root;
    this.bytes = bytes;
    this.host = host;
    this.abort = new AbortController();
    /** @type {(name: string) => any} */
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
    this.epochs = new Epochs(this.bytes);
    this.windows = new Windows(this.epochs);
    this.motion = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.head = new Playhead(this.epochs.numbers, () => this.motion.matches);
    this.hidden = [];
    this.pointer = null;
    this.resting = null;
    this.arrivedAt = performance.now();
    this.viewing = new Viewing(this);
    this.coordinates = new Coordinates(this);
    this.pin = new Pin(this);
    this.animation = new Animation(this);
    this.words = new Words(this);
    this.note = debounced(() => this.words.writeNote(), 120);
    this.announce = throttled((text) => (this.part("live").textContent = text), ANNOUNCE_MS);
    this.describe = throttled(() => this.words.describePlane(), ANNOUNCE_MS);
    this.inference = new Inference(this, (epoch) => this.host.setStateValue("epoch", epoch));
    this.build();
    this.inPlace?.join();
  }

  build() {
    const { part, epochs } = this;
    if (epochs.about.in_place) this.inPlace = new InPlace(this);
    this.scene = new Scene(part, this, this.root);
    this.buildHover();
    this.readout = new Readout(part, epochs);
    this.pictures = new Pictures(part, epochs, {
      onPin: (k) => this.pin.toggleImage(k),
      onPoint: (k) => this.scene.light(k),
    });
    this.classes = new ClassChoice(part, epochs, (k) => this.inference.chooseClass(k));
    const legend = { classes: epochs.classes, counts: classCounts(epochs), colours: epochs.colours };
    this.legend = new Legend(part("legend"), legend, this.hidden, (hidden) => this.hideClasses(hidden));
    this.buildAxes();
    this.buildTransport();
    this.root.classList.toggle("is-live", epochs.isLive);
    listen(this);
    this.scene.setPoints();
    this.pin.set(null);
    this.resized();
    this.panel = new ResizeObserver(() => this.tellHeight());
    this.panel.observe(part("panel"));
    this.isBuilt = true;
  }

  buildHover() {
    const { coordinates, inference } = this;
    this.hover = new Hover(new HoverCard(this.part("card"), this.epochs.shape), this.scene, {
      pointer: () => this.pointer,
      pick: (x, y) => coordinates.pick(x, y),
      placeOf: (i) => coordinates.placeOf({ index: i }),
      codeOf: (i) => this.epochs.code(this.f, i),
      decode: (i, onImage) => inference.decodeImage(i, onImage),
      knownOf: (i, reconstruction) => inference.knownOf(i, reconstruction),
      onNear: () => this.animation.request(),
    });
  }

  buildAxes() {
    const { part } = this;
    const { latentDim } = this.epochs;
    /** @type {[number, number][]} */
    const choices = Array.from({ length: latentDim > 2 ? latentDim : 0 }, () => [0, 1]);
    part("others").hidden = latentDim < 3;
    part("axes").onkeydown = (event) => event.stopPropagation();
    this.sliders = new Sliders({ list: element("div"), axes: part("axes") }, choices, [], this.coordinates.axes, {
      onMove: () => {},
      onRelease: () => {},
      onAxes: (axes) => this.changeAxes(axes),
    });
  }

  /** @param {import("../../epoch_track/frontend/track.js").Track} [track] whose controls these are, where not its own. */
  buildTransport(track) {
    const { animation, head } = this;
    const move = (action) => animation.move(action);
    this.transport?.dispose();
    const isEven = Boolean(track);
    this.transport = new Transport(track?.part ?? this.part, this.epochs, {
      step: (direction) => animation.step(direction),
      leap: (frames) => move(() => head.glideTo(head.goal + frames)),
      goTo: (frame) => move(() => head.glideTo(frame)),
      drag: (value) => move(() => head.dragTo(isEven ? value : head.placeOf(value))),
      release: () => move(() => head.glideTo(head.nearest)),
      toggle: () => animation.toggle(),
      speed: (factor) => (head.speed = factor),
      loop: (isOn) => move(() => (head.isLooping = isOn)),
      follow: (isOn) => this.viewing.follow(isOn),
    }, isEven);
  }

  get isMoving() {
    return this.head.isMoving || this.coordinates.drift !== null;
  }

  /** The kept epoch nearest to where the player stands. */
  get f() {
    return this.head.nearest;
  }

  /** Whether these are newer data of the same live training; the dots then glide to their new places. */
  takes(bytes) {
    const epochs = readOrNull(bytes);
    if (!epochs || !this.epochs?.continues(epochs)) return false;
    const now = performance.now();
    const length = Math.min(DRIFT_MS, Math.max(SHORTEST_DRIFT_MS, 0.9 * (now - this.arrivedAt)));
    const fromView = this.viewing.automatic();
    this.arrivedAt = now;
    if (this.motion.matches) this.coordinates.drift = null;
    else this.coordinates.startDrift(fromView, length);
    this.bytes = bytes;
    this.epochs = epochs;
    this.windows = new Windows(epochs);
    this.head.epochs = epochs.numbers;
    this.inference.replace(epochs);
    this.animation.shownFrame = -1;
    this.animation.move(() => {});
    return true;
  }

  // ---- Pointing

  point(x, y, timeStamp) {
    this.pointer = { x, y };
    this.inference.pointedAt(timeStamp);
    this.hover.test();
    // Ahead of the frame, so that its image is there with it; while dots move, the frame comes first.
    if (!this.animation.isRunning) this.inference.decode();
    this.animation.request();
  }

  leave() {
    if (this.pointer) this.resting = this.coordinates.latentAt(this.pointer.x, this.pointer.y);
    this.pointer = null;
    this.hover.stop();
    this.animation.request();
  }

  /** Where the pointer was last, else the middle of the codes. */
  restingPlace() {
    return this.resting ?? this.coordinates.middle();
  }

  placeMarkers() {
    const { coordinates, hover, pin, pointer, scene } = this;
    Object.assign(scene.markers, {
      pin: pin.place,
      ring: hover.index >= 0 ? coordinates.placeOf({ index: hover.index }) : null,
      cursor: pin.at || pointer ? null : this.restingPlace(),
    });
  }

  // ---- Axes, classes and window

  changeAxes(axes) {
    this.coordinates.change(axes);
    this.resting = null;
    this.sliders.showAxes(axes);
    // A place on other axes is no place here; a code is.
    if (this.pin.at?.place) this.pin.set(null);
    this.viewing.reset();
  }

  /** Another window over the same dots. */
  viewChanged() {
    this.hover.stop();
    if (this.pointer) this.hover.test();
    this.note();
    this.animation.request();
  }

  hideClasses(hidden) {
    this.hidden = hidden;
    this.hover.stop();
    this.scene.requestDraw();
    this.inPlace?.changed();
  }

  resized() {
    this.readout?.fit(this.imageRoom());
    this.tellHeight();
    this.note();
    this.animation.request();
  }

  /** CSS px of the decoded image's longer side: smaller where it stands below the plane, or as the page says. */
  imageRoom() {
    if (this.inPlace) return this.inPlace.room();
    if (this.root.clientWidth <= NARROW_PX) return NARROW_ROOM_PX;
    return parseFloat(getComputedStyle(this.part("decoded")).getPropertyValue("--rewind-room")) || ROOM_PX;
  }

  /** What the page puts below the panel begins where the panel ends. */
  tellHeight() {
    const root = this.root.getRootNode();
    const place = (root instanceof ShadowRoot ? root.host : this.root).closest("[class*=st-key-train-watch], .st-key-explore-stage");
    // In another plane's place, that one's panel has a height of its own.
    const name = this.inPlace ? "--past-height" : "--panel-height";
    if (place instanceof HTMLElement) place.style.setProperty(name, `${this.part("panel").offsetHeight}px`);
  }

  complain(text) {
    const problem = this.part("problem");
    problem.textContent = text;
    problem.hidden = false;
  }

  dispose() {
    this.abort.abort();
    this.inPlace?.dispose();
    this.animation?.dispose();
    for (const waiting of [this.note, this.announce, this.describe]) waiting?.cancel();
    this.panel?.disconnect();
    this.hover?.dispose();
    this.transport?.dispose();
    this.inference?.dispose();
    this.scene?.dispose();
    // The page may keep a reference to the root for a while; the data need not stay with it.
    this.epochs = this.bytes = null;
  }
}

function readOrNull(bytes) {
  try {
    return new Epochs(bytes);
  } catch {
    return null;
  }
}
