// The plane's canvases and markers: dots where they are now, the axes beneath them, rings and pins above.
import { GUTTER, INNER_GUTTER, drawBeneath, keepClear } from "../../lib/scatter/axes.js";
import { countInside, dotStyle, visibleBox } from "../../lib/scatter/geometry.js";
import { placePoints } from "../../lib/scatter/points.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { dimensionName } from "../../lib/ui/text.js";
import { element } from "../../lib/ui/dom.js";
import { placeMarker } from "../../lib/scatter/markers.js";
import { readTheme } from "../../lib/scatter/theme.js";

// A longer name would lie over the dots around its ring.
const LONGEST_TAG = 2;

export class Scene {
  /**
   * @param {(name: string) => any} part finds an element of the page by its name.
   * @param {Object} state the rewind, read at every draw: epochs, coordinates, hidden, viewing; and
   *   told of what happens to the plane: animation.request(), resized().
   */
  constructor(part, state, root) {
    this.part = part;
    this.state = state;
    this.root = root;
    this.plane = part("plane");
    this.points = placePoints(part("points-place"), () => this.requestDraw());
    // In the place of another plane it is as large as that one: its numbers stand within it.
    this.gutter = state.inPlace ? INNER_GUTTER : GUTTER;
    for (const [side, room] of Object.entries(this.gutter)) root.style.setProperty(`--gutter-${side}`, `${room}px`);
    this.markers = { pin: null, ring: null, cursor: null };
    this.drawn = "";
    this.buildRings();
    this.measure();
    this.readTheme();
    this.resized = new ResizeObserver(() => {
      this.measure();
      this.requestDraw();
      this.state.resized();
    });
    this.resized.observe(this.plane);
  }

  /** A ring for every fixed test image whose code is here, with the class's name where that is short, if it has one. */
  buildRings() {
    const { epochs } = this.state;
    this.rings = epochs.about.places.map((i) => {
      if (i < 0) return null;
      const name = epochs.classes[epochs.labels[i]] ?? "";
      const tag = element("span", { className: "ring-tag" }, [name.length <= LONGEST_TAG ? name : ""]);
      const style = `--class-colour: ${cssColour(epochs.colours[epochs.labels[i]])}`;
      return element("div", { className: "marker fixed-ring", style, "data-testid": "fixed-ring" }, [tag]);
    });
    this.part("rings").replaceChildren(...this.rings.filter(Boolean));
  }

  /** The ring of one fixed image stands out; -1: of none. */
  light(k) {
    this.rings.forEach((ring, other) => ring?.classList.toggle("is-lit", other === k));
  }

  measure() {
    this.size = {
      width: Math.max(1, this.plane.clientWidth),
      height: Math.max(1, this.plane.clientHeight),
      ratio: window.devicePixelRatio || 1,
    };
  }

  readTheme() {
    this.theme = readTheme(this.part("theme"));
    this.requestDraw();
  }

  /** The labels are those of the state's epochs; where the dots are follows by `movePoints`. */
  setPoints() {
    this.points.setPoints(this.state.coordinates.positions, this.state.epochs.labels);
    this.requestDraw();
  }

  movePoints() {
    this.points.movePoints(this.state.coordinates.positions);
    this.arePointsStale = true;
  }

  view() {
    return this.state.viewing.view();
  }

  requestDraw() {
    this.arePointsStale = true;
    // Nothing is drawn as it was.
    this.drawn = "";
    this.state.animation.request();
  }

  /** Markers by name, each a plane position [x, y] or null; drawn with the next frame. */
  mark(markers) {
    Object.assign(this.markers, markers);
    this.state.animation.request();
  }

  draw() {
    const { state, size } = this;
    const view = state.viewing.view();
    const key = `${view.cx} ${view.cy} ${view.width} ${state.coordinates.axes}`;
    if (this.arePointsStale || this.drawn !== key) this.drawPoints(view);
    if (this.drawn !== key) {
      const names = state.coordinates.axes.map((dim) => (dim < 0 ? "" : dimensionName(dim)));
      keepClear(this.root, drawBeneath(this.part("under"), view, size, this.theme, names, this.gutter));
    }
    this.drawn = key;
    this.arePointsStale = false;
    for (const [name, position] of Object.entries(this.markers)) placeMarker(this.part(name), position, view, size);
    state.epochs.about.places.forEach((i, k) => {
      if (i < 0) return;
      const position = state.hidden.includes(state.epochs.labels[i]) ? null : state.coordinates.placeOf({ index: i });
      placeMarker(this.rings[k], position, view, size, false);
    });
  }

  drawPoints(view) {
    const { state, size } = this;
    const style = dotStyle(countInside(state.coordinates.positions, visibleBox(view, size)), size.width * size.height);
    this.points.draw(view, size, {
      ...style,
      palette: state.epochs.colours,
      hidden: state.epochs.colours.map((_, k) => (state.hidden.includes(k) ? 1 : 0)),
      context: this.theme.context,
    });
  }

  dispose() {
    this.resized.disconnect();
    this.points.dispose();
  }
}
