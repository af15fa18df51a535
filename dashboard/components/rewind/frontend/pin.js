// The pin: a place on the plane, or a code that is followed through the epochs.

export class Pin {
  /** @param {import("./controller.js").Rewind} rewind asked where things are; told to draw a frame, and what to say. */
  constructor(rewind) {
    /** {place}, {index}, or null where nothing is pinned. */
    this.rewind = rewind;
    this.at = null;
  }

  /** @param {?{place?: number[], index?: number}} at a place on the plane, a code that is followed, or nothing. */
  set(at) {
    const { animation, epochs, part, pictures } = this.rewind;
    this.at = at;
    part("pin").classList.toggle("is-position", Boolean(at?.place));
    part("unpin").hidden = !at;
    pictures.press(at?.index === undefined ? -1 : epochs.about.places.indexOf(at.index));
    animation.request();
    this.rewind.inPlace?.changed();
  }

  /** Where it stands on the plane now, or null. */
  get place() {
    return this.at && this.rewind.coordinates.placeOf(this.at);
  }

  /** The code of fixed image `k` is pinned and followed; if it was, nothing is. */
  toggleImage(k) {
    const { announce, epochs, words } = this.rewind;
    const index = epochs.about.places[k];
    const isPinned = this.at?.index === index;
    this.set(isPinned ? null : { index });
    announce(isPinned ? "Nothing is pinned." : `Pinned ${words.nameOf(index)}.`);
  }

  /** The code nearest to the pin, or to the resting place, is pinned and followed. */
  setNearest() {
    const { announce, coordinates, words } = this.rewind;
    const index = coordinates.nearest(this.place ?? this.rewind.restingPlace());
    if (index < 0) return;
    this.set({ index });
    announce(`Pinned ${words.nameOf(index)}.`);
  }

  /** By shares of the window's width. */
  move(dx, dy) {
    const { announce, viewing, words } = this.rewind;
    const [x, y] = this.place ?? this.rewind.restingPlace();
    const { width } = viewing.view();
    this.set({ place: [x + dx * width, y + dy * width] });
    announce(words.place());
  }

  clear() {
    if (!this.at) return;
    this.set(null);
    this.rewind.announce("Nothing is pinned.");
  }
}
