// A rewind in the place of a run's own plane: seen before the last epoch, driven by the track below both, and with
// that plane's pin, classes, axes and window, which it also gives back.
import { debounced, isOneColumn } from "../../lib/ui/dom.js";
import { groupNamed } from "../../lib/streamlit/bus.js";

// A drag of the pin is one change.
const REST_MS = 300;
// As in the plane's panel: the decoded image, beside which stand the fixed ones.
const LEAST_ROOM = 112;
const SHARE = 0.43;
const BESIDE_PX = 5 * 48 + 32;

export class InPlace {
  /** @param {import("./controller.js").Rewind} rewind */
  constructor(rewind) {
    const { about, name } = rewind.epochs;
    this.rewind = rewind;
    this.tracks = groupNamed(`epochs ${name}`);
    this.planes = groupNamed(about.in_place);
    this.name = name;
    this.track = null;
    this.isPast = false;
    this.isTaking = false;
    this.changed = debounced(() => this.give(), REST_MS);
    rewind.root.classList.add("full", "in-place");
    rewind.viewing.isFollowing = false;
    const node = rewind.root.getRootNode();
    /** @type {?HTMLElement} */
    this.stage = (node instanceof ShadowRoot ? node.host : rewind.root).closest(".st-key-explore-stage");
  }

  /** From when everything is built: the track may be there, or come. */
  join() {
    const member = { membersChanged: () => this.connect() };
    this.leave = this.tracks.join(member);
    this.connect();
  }

  connect() {
    const track = [...this.tracks.members].find(({ isTrack }) => isTrack) ?? null;
    if (this.track === track) return;
    this.track = track;
    if (!track) return;
    const { animation, head, viewing } = this.rewind;
    const { wantsPlay } = track;
    const { isHeld } = track.transport;
    Object.assign(head, { raw: track.head.raw, speed: track.head.speed, isLooping: track.head.isLooping });
    viewing.isFollowing = track.isFollowing;
    track.yieldTo(this);
    this.rewind.buildTransport(track);
    this.rewind.transport.isHeld = isHeld;
    if (wantsPlay) animation.toggle();
    animation.request();
  }

  goTo(place) {
    const { animation, head } = this.rewind;
    animation.move(() => head.glideTo(place));
  }

  /** With every frame: which of the two planes is seen, and what the track says. */
  follow() {
    const { f, epochs, head, isMoving } = this.rewind;
    if (!this.track) return;
    this.show(isMoving || f !== epochs.last);
    this.track.head.raw = f;
    this.track.isFollowing = this.rewind.viewing.isFollowing;
    Object.assign(this.track.head, { speed: head.speed, isLooping: head.isLooping });
    this.track.tell(f);
    if (!isMoving && !this.rewind.transport.isHeld) this.track.rest(f);
  }

  show(isPast) {
    if (this.isPast === isPast) return;
    this.isPast = isPast;
    if (isPast) this.take();
    else this.give();
    if (this.stage) this.stage.dataset.epoch = isPast ? "past" : "last";
  }

  /** The plane in whose place this stands. */
  plane() {
    return [...this.planes.members].map(({ plane }) => plane).find((plane) => plane?.about?.name === this.name) ?? null;
  }

  /** The window that the plane shows where the person chose none; null before its place was taken. */
  firstView() {
    return (this.taken && this.plane()?.stage.firstView()) ?? null;
  }

  /** CSS px of the decoded image: as large as the plane's own panel has it. */
  room() {
    const { root, scene } = this.rewind;
    const panel = root.querySelector(".panel");
    const beside = isOneColumn(panel) ? 0 : BESIDE_PX;
    return Math.max(LEAST_ROOM, Math.min((panel.clientWidth || root.clientWidth) - beside, SHARE * scene.size.width));
  }

  /** What is pinned, hidden and looked at on the plane is so here. */
  take() {
    const plane = this.plane();
    if (!plane) return;
    const { coordinates, epochs, legend, pin, viewing } = this.rewind;
    this.isTaking = true;
    if (String(plane.coordinates.axes) !== String(coordinates.axes)) this.rewind.changeAxes([...plane.coordinates.axes]);
    viewing.choose(plane.viewport.chosen);
    this.rewind.hideClasses([...plane.visibility.hidden]);
    legend.show(this.rewind.hidden);
    const { chosen } = plane.selection;
    const index = chosen && !chosen.code ? epochs.codeOfImage(plane.rows.imageOf(chosen.index)) : -1;
    // An image whose code was not kept stays where it is.
    pin.set(!chosen ? null : index >= 0 ? { index } : { place: plane.coordinates.placeOf(chosen) });
    this.taken = { at: pin.at, view: viewing.chosen };
    this.changed.cancel();
    this.isTaking = false;
  }

  /** What was changed here is so on the plane, which tells Python. */
  give() {
    const plane = this.plane();
    if (!plane || this.isTaking || !this.taken) return;
    const { coordinates, epochs, hidden, pin: { at }, viewing } = this.rewind;
    this.changed.cancel();
    if (String(plane.coordinates.axes) !== String(coordinates.axes)) plane.changeAxes([...coordinates.axes]);
    if (String(hidden) !== String(plane.visibility.hidden)) {
      plane.visibility.hideClasses([...hidden]);
      plane.legend.show(hidden);
    }
    if (viewing.chosen !== this.taken.view) plane.viewport.change(viewing.chosen);
    if (at !== this.taken.at) {
      const row = at?.index === undefined ? -1 : plane.rows.rowOf(epochs.imageOf(at.index));
      const chosen = !at ? null : row >= 0 ? { index: row } : { code: plane.coordinates.codeAt(...coordinates.placeOf(at)) };
      plane.selection.set(chosen, performance.now());
      plane.commits.selection(0);
    }
    this.taken = { at, view: viewing.chosen };
  }

  dispose() {
    this.changed.cancel();
    this.leave?.();
    if (this.stage) delete this.stage.dataset.epoch;
    if (this.track?.player !== this) return;
    // It may have been on its way: the track stands where it was to arrive.
    this.track.head.dragTo(this.rewind.head.goal);
    this.track.takeBack();
  }
}
