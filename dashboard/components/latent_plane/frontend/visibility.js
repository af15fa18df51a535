// What is seen of the plane: which classes are hidden, and which overlays lie over it.

export class Visibility {
  /** @param {import("./plane_controller.js").LatentPlane} plane asked for what it has; told of what follows. */
  constructor(plane) {
    this.plane = plane;
    this.hidden = [];
    this.overlays = new Set();
    this.isHidden = (label) => this.hidden.includes(label);
    this.isPickable = (i) => !this.isHidden(plane.labels[i]) && plane.colouring.shows(i) && plane.subset.shows(i);
  }

  /** As an address or a group says. */
  assume({ hidden, overlays }) {
    this.hidden = hidden;
    this.overlays = this.possible(overlays);
  }

  hideClasses(hidden) {
    this.hidden = hidden;
    this.plane.hover.stop();
    this.plane.viewChanged();
  }

  /** Of the overlays asked for, those that there are here. */
  possible(names) {
    const { about, isProjection, latentDim, layout } = this.plane;
    // Among linked planes one without a map says so; by itself it has no button for it.
    const lacking = { prior: isProjection, lattice: isProjection || !about.layers, holes: !layout.follows && latentDim !== 2, thumbnails: false };
    return new Set(names.filter((name) => !lacking[name]));
  }

  showOverlays(names) {
    this.overlays = this.possible(names);
    this.plane.stage.updateOverlays();
  }

  toggleOverlay(name) {
    const { commits, stage } = this.plane;
    if (!this.overlays.delete(name)) this.overlays.add(name);
    this.showButtons();
    stage.updateOverlays();
    commits.view();
  }

  /** @returns {NodeListOf<HTMLButtonElement>} */
  buttons() {
    return this.plane.root.querySelectorAll("[data-overlay]");
  }

  showButtons() {
    const { about, latentDim, priorSamples } = this.plane;
    const circles = `Circles at 1, 2 and 3 standard deviations of ${about.prior ? "the prior" : "N(0, I), which was not used in training"}`;
    for (const button of this.buttons()) {
      if (button.dataset.overlay === "prior") button.title = priorSamples ? "Samples of the prior" : circles;
      if (button.dataset.overlay === "lattice") button.hidden = !about.layers;
      if (button.dataset.overlay === "holes") button.hidden = latentDim !== 2;
      button.setAttribute("aria-pressed", String(this.overlays.has(button.dataset.overlay)));
    }
  }
}
