// The stage: the plane's canvases and markers, drawn when the view, the codes or the theme change.
import { drawBeneath, drawPrior, drawPriorSamples, keepClear } from "../../lib/scatter/axes.js";
import { asShown, countInside, dotStyle, fitView, isInside, isNoise, NOISE, openingRanges, overNoise, planePositions, reach, visibleBox } from "../../lib/scatter/geometry.js";
import { Lattice, Thumbnails } from "./overlays.js";
import { counted, dimensionName, outsideText } from "../../lib/ui/text.js";
import { looks } from "./dots.js";
import { cellBox, drawHoles } from "./holes.js";
import { drawMarks } from "./marks.js";
import { drawWays } from "./ways.js";
import { placePoints, resizeBacking } from "../../lib/scatter/points.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { debounced, element, throttled } from "../../lib/ui/dom.js";
import { placeMarker } from "../../lib/scatter/markers.js";
import { readTheme } from "../../lib/scatter/theme.js";

// With the margin of fitView, 3.5 standard deviations of the prior: all but 1 sample in 500.
const PRIOR_REACH = 3.1;
// A map of holes that takes less of the window is a speck.
const CLOSE = 0.25;
const HOLES =
  "Hatched (hole): fewer than a quarter of the images expected here. Shaded: decode this point, encode the " +
  "result, and you land elsewhere.";

export class Stage {
  /**
   * @param {(name: string) => any} part finds an element of the page by its name.
   * @param {import("./plane_controller.js").LatentPlane} state read at every draw.
   * @param {{decodeLater: Function}} client decodes the overlays' images.
   */
  constructor(part, state, client) {
    this.part = part;
    this.state = state;
    this.plane = part("plane");
    this.points = placePoints(part("points-place"), () => this.requestDraw());
    // Images arrive one by one, and a redraw takes as long as decoding several.
    this.imagesArrived = throttled(() => this.requestDraw({ points: false }), 80);
    this.lattice = new Lattice(client, state.shape, this.imagesArrived);
    this.thumbnails = new Thumbnails(client, state.shape, this.imagesArrived);
    this.refreshOverlays = debounced(() => this.updateOverlays(), 120);
    this.markers = { pin: null, ring: null, cursor: null };
    this.frame = 0;
    this.resized = new ResizeObserver(() => {
      this.measure();
      this.requestDraw();
      this.refreshOverlays();
    });
    this.measure();
    this.readTheme();
    this.resized.observe(this.plane);
  }

  /** The gutters first: the plane has the room that they leave. */
  measure() {
    this.gutter = this.state.layout.gutter(this.state);
    for (const [side, room] of Object.entries(this.gutter)) {
      this.state.root.style.setProperty(`--gutter-${side}`, `${room}px`);
    }
    this.size = {
      width: Math.max(1, this.plane.clientWidth),
      height: Math.max(1, this.plane.clientHeight),
      ratio: window.devicePixelRatio || 1,
    };
  }

  readTheme() {
    this.theme = readTheme(this.part("theme"));
    this.state.colouring.shown();
    this.requestDraw();
  }

  positionsChanged() {
    const { coordinates: { axes, positions }, labels, latentDim, priorSamples } = this.state;
    this.points.setPoints(positions, labels);
    this.priorPositions = priorSamples && planePositions(priorSamples, latentDim, axes);
    this.requestDraw();
    this.refreshOverlays();
  }

  /** The view in use: the chosen one, or the one to open with. */
  view() {
    const { chosen } = this.state.viewport;
    return chosen ? asShown(chosen, this.size) : this.firstView();
  }

  /** The view that shows every code, or nearly every one where a few far ones would shrink the rest. */
  firstView() {
    this.fit();
    return this.first;
  }

  wholeView() {
    this.fit();
    return this.whole;
  }

  fit() {
    const { coordinates: { axes, positions }, opensOnPrior } = this.state;
    const key = [axes, this.size.width, this.size.height, opensOnPrior].join();
    if (this.fitKey === key) return;
    this.fitKey = key;
    const ranges = reach(positions);
    const hasPrior = Boolean(this.state.about?.prior) && !this.state.isProjection;
    const window = (of) => fitView(...overNoise(of, hasPrior), this.size);
    this.isNoise = isNoise(ranges.most, hasPrior);
    this.whole = window(ranges.all);
    const opening = openingRanges(ranges, this.size);
    this.first = opening === ranges.all ? this.whole : window(opening);
    if (opensOnPrior) this.first = fitView([-PRIOR_REACH, PRIOR_REACH], [-PRIOR_REACH, PRIOR_REACH], this.size);
  }

  /** Markers by name, each a plane position [x, y] or null. */
  mark(markers) {
    Object.assign(this.markers, markers);
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  requestDraw({ points = true } = {}) {
    this.isStale = true;
    if (points) this.arePointsStale = true;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = 0;
    if (this.isStale) {
      this.isStale = false;
      this.draw();
    }
    for (const name of ["pin", "ring", "cursor"]) placeMarker(this.part(name), this.markers[name], this.view(), this.size);
    this.state.peers?.drawn();
  }

  /** What can be made out on the plane, as drawn last. */
  seen() {
    const { about, coordinates: { axes }, laid: { holes, marks }, selection: { chosen }, visibility: { overlays } } = this.state;
    const view = this.view();
    const box = visibleBox(view, this.size);
    return {
      plane: about.name,
      image: Boolean(chosen && !chosen.code),
      hasPrior: overlays.has("prior"),
      hasHoles: overlays.has("holes") && Boolean(holes) && isClose(cellBox(holes.at(-1)), view, box),
      hasMarks: marks.some(({ code }) => isInside(box, code[axes[0]], axes[1] < 0 ? 0 : code[axes[1]])),
    };
  }

  draw() {
    const view = this.view();
    if (this.arePointsStale) this.drawPoints(view);
    this.arePointsStale = false;
    this.drawUnder(view);
    this.drawOver(view);
  }

  drawPoints(view) {
    const { state, size } = this;
    const { hidden, overlays } = state.visibility;
    const style = dotStyle(countInside(state.coordinates.positions, visibleBox(view, size)), size.width * size.height);
    if (overlays.has("lattice")) style.opacity *= 0.5;
    if (overlays.has("thumbnails")) style.opacity *= 0.6;
    if (overlays.has("holes") && state.laid.holes) style.opacity *= 0.75;
    this.points.draw(view, size, {
      ...style,
      palette: state.colours,
      hidden: state.colours.map((_, k) => (hidden.includes(k) ? 1 : 0)),
      context: this.theme.context,
      looks: looks(state),
    });
  }

  drawUnder(view) {
    const { size, state, theme } = this;
    const { overlays } = state.visibility;
    // Distances on a projection have no unit, so it has neither ticks nor grid.
    const names = state.isProjection ? null : state.coordinates.axes.map((dim) => (dim < 0 ? "" : dimensionName(dim)));
    const taken = drawBeneath(this.part("under"), view, size, theme, names, this.gutter, (pen) => {
      if (overlays.has("lattice")) this.lattice.draw(pen, view, size);
      if (overlays.has("holes") && state.laid.holes) {
        drawHoles(pen, view, size, theme, state.laid.holes, state.laid.errorUnit);
      }
    });
    keepClear(state.root, taken);
  }

  drawOver(view) {
    const { size, theme, state } = this;
    const { overlays } = state.visibility;
    const canvas = this.part("over");
    // Hidden while it has nothing to show: one large layer fewer to blend at every frame.
    canvas.hidden = !overlays.has("thumbnails") && !overlays.has("prior") && !state.laid.marks.length && !state.laid.ways.length;
    if (canvas.hidden) return;
    resizeBacking(canvas, size);
    const pen = canvas.getContext("2d");
    pen.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    if (overlays.has("thumbnails")) {
      const frame = state.colours.map((rgb) => cssColour(rgb));
      this.thumbnails.draw(pen, view, size, state.coordinates.positions, (i) => frame[state.labels[i]]);
    }
    if (overlays.has("prior")) {
      if (this.priorPositions) drawPriorSamples(pen, view, size, theme, this.priorPositions);
      else drawPrior(pen, view, size, theme, !state.about.prior);
    }
    drawWays(pen, view, size, theme, state.laid.ways, state.coordinates.axes);
    drawMarks(pen, view, size, theme, state.laid.marks, state.coordinates.axes);
  }

  updateOverlays() {
    const { state, size } = this;
    const { overlays } = state.visibility;
    const view = this.view();
    if (overlays.has("lattice")) {
      const codeAt = (x, y) => state.coordinates.codeAt(x, y);
      this.lattice.refresh(view, size, codeAt, state.latentDim, state.condition.chosen);
    } else this.lattice.clear();
    let note = "";
    const hasImages = Boolean(state.originals.areOffered || state.about.layers);
    if (overlays.has("thumbnails") && !hasImages) note = "There are no images here to show in place of dots.";
    if (overlays.has("thumbnails") && hasImages) {
      const { shown, inView } = this.thumbnails.refresh(view, size, state);
      const kind = state.originals.areOffered ? "" : " (reconstructions)";
      note = `${counted(shown)} of ${counted(inView)} codes in view are shown as images${kind}; the rest stay dots.`;
      if (shown < inView) note += " Zoom in for more.";
    } else this.thumbnails.clear();
    const notes = [this.isNoise ? NOISE : "", note, this.marksNote(view), this.holesNote(), this.fallbackNote()];
    this.showLack();
    this.part("note").replaceChildren(...this.windowNote(view), notes.filter(Boolean).join(" "));
    this.requestDraw();
  }

  /** Says why all dots are grey, on the plane itself: linked planes are told apart there. */
  showLack() {
    const node = this.part("lack");
    if (!node) return;
    node.textContent = this.state.colouring.lack;
    node.hidden = !node.textContent;
  }

  /** Says so where fewer codes are in view than exist, with a way to see them all. */
  windowNote(view) {
    const { coordinates: { positions }, labels } = this.state;
    const inside = countInside(positions, visibleBox(view, this.size));
    const outside = labels.length - inside;
    if (!outside) return [];
    const showAll = element("button", { type: "button", className: "in-text", "data-testid": "show-all" }, ["Show all"]);
    showAll.onclick = () => this.state.viewport.showAll();
    return [outsideText(outside), " ", showAll, " "];
  }

  marksNote(view) {
    const { coordinates: { axes }, laid: { marks } } = this.state;
    const box = visibleBox(view, this.size);
    const outside = marks.filter(({ code }) => !isInside(box, code[axes[0]], axes[1] < 0 ? 0 : code[axes[1]]));
    return outside.map(({ title }) => `${title} lies outside this window.`).join(" ");
  }

  holesNote() {
    const { isProjection, laid, latentDim, layout, visibility: { overlays } } = this.state;
    if (!overlays.has("holes") || isProjection) return "";
    // Linked planes have one legend for all.
    if (laid.holes) return layout.follows ? "" : HOLES;
    return latentDim === 2 ? "The map of this run's holes is not here yet." : "Only a plane of two latent dimensions has a map of holes.";
  }

  fallbackNote() {
    return this.points.kind === "canvas"
      ? "This browser offers no WebGL, so the dots are drawn the slower way; nothing is left out."
      : "";
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.frame = -1;
    this.refreshOverlays.cancel();
    this.imagesArrived.cancel();
    this.resized.disconnect();
    this.lattice.clear();
    this.thumbnails.clear();
    this.points.dispose();
  }
}

/** Whether a rectangle of the plane is large enough in the window to be made out, with its middle in it. */
function isClose({ left, right, bottom, top }, view, box) {
  return right - left >= CLOSE * view.width && isInside(box, (left + right) / 2, (bottom + top) / 2);
}
