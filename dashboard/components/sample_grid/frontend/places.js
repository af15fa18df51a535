// The plane: codes of the test images as faint dots, the samples among them, and the lit one as a star.
import { classColours } from "../../lib/scatter/palette.js";
import { placePoints, resizeBacking } from "../../lib/scatter/points.js";
import { dimensionName } from "../../lib/ui/text.js";
import { dotStyle, fitView, openingRanges, reach, toScreen } from "../../lib/scatter/geometry.js";
import { drawBeneath, drawPrior, INNER_GUTTER } from "../../lib/scatter/axes.js";
import { groupNamed } from "../../lib/streamlit/bus.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";
import { readTheme } from "../../lib/scatter/theme.js";

const REACH_PX = 16;
const DOT_PX = 2.5;
const LIT_PX = 8;
const AT_REST = "Point at a sample: a ring here shows where it was drawn among the codes of the test images.";

export class SamplePlane {
  constructor(root, bytes) {
    this.bytes = bytes;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
  }

  start() {
    const { tensors, metadata } = parseSafetensors(this.bytes);
    this.about = JSON.parse(metadata.places);
    this.codes = tensors.positions.data;
    this.labels = tensors.labels.data;
    this.colours = classColours(this.about.classes);
    this.reach = reach(this.codes);
    this.points = placePoints(this.part("points-place"), () => this.draw());
    this.points.setPoints(this.codes, this.labels);
    this.group = groupNamed(this.about.group);
    this.leave = this.group.join(this);
    const plane = this.part("plane");
    plane.onpointermove = (event) => this.point(event);
    plane.onpointerdown = (event) => this.point(event);
    plane.onpointerleave = (event) => event.pointerType === "mouse" && this.group.set({ lit: null });
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(plane);
    this.draw();
    this.say();
  }

  /** The theme may be another one. */
  renew() {
    this.draw();
  }

  get samples() {
    return this.group.state.samples;
  }

  stateChanged({ samples, lit }) {
    if (samples) this.draw();
    if (samples || lit !== undefined) {
      this.drawSamples();
      this.say();
    }
  }

  measure() {
    const { clientWidth: width, clientHeight: height } = this.part("plane");
    this.size = { width: Math.max(1, width), height: Math.max(1, height), ratio: window.devicePixelRatio || 1 };
    // Every sample is in sight, however far out it was drawn.
    const ranges = openingRanges(this.reach, this.size);
    const places = this.samples?.places;
    const spans = places ? reach(places).all : ranges;
    this.view = fitView(...ranges.map(([low, high], k) => [Math.min(low, spans[k][0]), Math.max(high, spans[k][1])]), this.size);
  }

  draw() {
    if (!this.points) return;
    this.measure();
    this.theme = readTheme(this.part("theme"));
    const names = this.about.axes.map((axis) => (axis < 0 ? "" : dimensionName(axis)));
    drawBeneath(this.part("under"), this.view, this.size, this.theme, names, INNER_GUTTER);
    this.points.draw(this.view, this.size, {
      ...dotStyle(this.labels.length, this.size.width * this.size.height),
      opacity: 0.35,
      palette: this.colours,
      hidden: this.colours.map(() => 0),
      context: this.theme.context,
    });
    this.drawSamples();
  }

  drawSamples() {
    const canvas = this.part("over");
    resizeBacking(canvas, this.size);
    const pen = canvas.getContext("2d");
    pen.setTransform(this.size.ratio, 0, 0, this.size.ratio, 0, 0);
    pen.clearRect(0, 0, this.size.width, this.size.height);
    if (this.samples?.showsNormal) drawPrior(pen, this.view, this.size, this.theme);
    const places = this.samples?.places;
    if (!places) return;
    for (let k = 0; k < places.length / 2; k++) this.disc(pen, k, DOT_PX);
    const { lit } = this.group.state;
    if (lit !== null && lit !== undefined) this.disc(pen, lit, LIT_PX);
  }

  disc(pen, k, radius) {
    const { places } = this.samples;
    const [x, y] = toScreen(this.view, this.size, places[2 * k], places[2 * k + 1]);
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = radius === LIT_PX ? 6 : 3;
    pen.strokeStyle = this.theme.background;
    pen.stroke();
    pen.strokeStyle = this.theme.text;
    pen.fillStyle = this.theme.text;
    if (radius === LIT_PX) {
      pen.lineWidth = 3;
      pen.stroke();
    } else pen.fill();
  }

  say() {
    const { lit } = this.group.state;
    const isLit = lit !== null && lit !== undefined;
    const words = isLit ? this.samples.words[lit] : AT_REST;
    this.part("said").textContent = words;
    const told = isLit ? `marked: ${words}` : "none is marked";
    this.part("plane").setAttribute("aria-label", `Where the samples were drawn among the codes of the ${this.about.split} images; ${told}`);
  }

  /** The sample nearest to the pointer, if one is in reach. */
  point(event) {
    const places = this.samples?.places;
    if (!places) return;
    const box = this.part("plane").getBoundingClientRect();
    let [best, least] = [null, REACH_PX];
    for (let k = 0; k < places.length / 2; k++) {
      const [x, y] = toScreen(this.view, this.size, places[2 * k], places[2 * k + 1]);
      const apart = Math.hypot(box.left + x - event.clientX, box.top + y - event.clientY);
      if (apart < least) [best, least] = [k, apart];
    }
    if (best !== this.group.state.lit) this.group.set({ lit: best });
  }

  dispose() {
    this.resized?.disconnect();
    this.leave?.();
    this.points?.dispose();
  }
}
