// Which class a decoder is given: the chosen one, or that of the image under the pointer.

export class Condition {
  /**
   * @param {?Int16Array} ofImages the class that each image is decoded with; null where the decoder
   *   takes no class: every answer is then null.
   * @param {?number} asked the class that a link asks for.
   * @param {?Object} selection what is selected at first.
   */
  constructor(ofImages, asked, selection) {
    this.ofImages = ofImages;
    this.hovered = null;
    this.chosen = ofImages && (asked ?? this.usual(selection));
    // Chosen by the person: it then holds under the pointer too.
    this.isKept = asked !== null;
  }

  /** What to decode with now. */
  get current() {
    return this.isKept ? this.chosen : (this.hovered ?? this.chosen);
  }

  /** The class that image `i` is decoded with. */
  of(i) {
    return this.ofImages && this.ofImages[i];
  }

  choose(k) {
    this.chosen = k;
    this.isKept = true;
  }

  /** Each image as its own class again. */
  release(selection) {
    this.isKept = false;
    this.chosen = this.usual(selection);
  }

  /** The pointer is near image `i`, or, at -1, near none. */
  hover(i) {
    this.hovered = i < 0 ? null : this.of(i);
  }

  /** A selected image brings its own class; a pinned position keeps the one it is shown with. */
  select(selection) {
    if (!this.ofImages || !selection) return;
    if (selection.code) this.adopt();
    else {
      this.chosen = this.usual(selection);
      this.isKept = false;
    }
  }

  /** What is shown becomes what is chosen. */
  adopt() {
    this.chosen = this.current;
  }

  /** For the address: null where opening the selection alone gives the same class. */
  value(selection) {
    return this.chosen === this.usual(selection) ? null : this.chosen;
  }

  usual(selection) {
    return this.ofImages && (selection && !selection.code ? this.of(selection.index) : 0);
  }

  snapshot() {
    return { chosen: this.chosen, isKept: this.isKept };
  }

  restore(snapshot) {
    Object.assign(this, snapshot);
  }
}
