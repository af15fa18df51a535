// One part of the page on the whole screen: the browser's own way, or over the page where it has none.

const FILLS = "fills-page";

export class FullScreen {
  /**
   * @param {HTMLElement} node what has the screen.
   * @param {HTMLElement} button turns it on and off.
   * @param {AbortSignal} signal
   */
  constructor(node, button, signal) {
    this.node = node;
    this.button = button;
    button.onclick = () => this.toggle();
    document.addEventListener("fullscreenchange", () => this.show(), { signal });
    // Not every browser keeps Escape to itself: it must not clear what is chosen as well.
    const leave = (event) => {
      if (event.key !== "Escape" || !this.isOn || event.composedPath().some((at) => at instanceof HTMLDialogElement)) return;
      event.stopPropagation();
      this.leave();
    };
    document.addEventListener("keydown", leave, { signal, capture: true });
    signal.addEventListener("abort", () => this.leave());
  }

  get isOn() {
    const root = /** @type {Document|ShadowRoot} */ (this.node.getRootNode());
    return root.fullscreenElement === this.node || this.node.classList.contains(FILLS);
  }

  async toggle() {
    if (this.isOn) {
      await this.leave();
      return;
    }
    try {
      await this.node.requestFullscreen();
    } catch {
      // A telephone, or a frame that may not: it then fills the page.
      this.node.classList.add(FILLS);
    }
    this.show();
  }

  async leave() {
    this.node.classList.remove(FILLS);
    if (this.isOn) await document.exitFullscreen();
    this.show();
  }

  show() {
    this.node.classList.toggle("is-full-screen", this.isOn);
    this.button.setAttribute("aria-pressed", String(this.isOn));
  }
}
