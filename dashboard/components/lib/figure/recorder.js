// A pen with the calls of a canvas' own that this project draws with: it keeps what was drawn, for files of vectors.

/**
 * What a Recorder keeps, in order; lengths are in the pen's own units, colours as three bytes and an opacity.
 *
 * @typedef {{colour: number[], alpha: number}} Paint
 * @typedef {{kind: "path", steps: any[][], fill: ?Paint, stroke: ?Paint, width: number, dash: number[], join: string}} Path
 * @typedef {{kind: "dot", x: number, y: number, radius: number, fill: Paint}} Dot
 * @typedef {{kind: "text", text: string, x: number, y: number, angle: number, size: number, isBold: boolean, align: string,
 *   baseline: string, fill: ?Paint, stroke: ?Paint, width: number}} Text
 * @typedef {{kind: "image", canvas: HTMLCanvasElement, x: number, y: number, width: number, height: number, isSmooth: boolean}} Picture
 * @typedef {{kind: "clip", steps: any[][]} | {kind: "end"}} Bracket  what follows is drawn within, until its end.
 * @typedef {Path | Dot | Text | Picture | Bracket} Drawn
 */

// Four curves that are a circle to 0.03 %.
const ROUND = 0.5522847498;

// With the opacity that a canvas' bytes would round.
const RGB = /^rgb\((\d+) (\d+) (\d+)(?: \/ ([\d.]+))?\)$/;

export class Recorder {
  // What a canvas' pen has, with its defaults.
  strokeStyle = "#000"; fillStyle = "#000"; lineWidth = 1; lineJoin = "miter"; dash = [];
  font = "12px sans-serif"; textAlign = "start"; textBaseline = "alphabetic";
  globalAlpha = 1; imageSmoothingEnabled = true;

  constructor() {
    /** @type {Drawn[]} */
    this.drawn = [];
    this.matrix = { x: 0, y: 0, angle: 0 };
    this.saved = [];
    this.steps = [];
    this.round = null;
    this.clips = 0;
    this.paper = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    this.known = new Map();
  }

  // ---- The state

  save() {
    const { strokeStyle, fillStyle, lineWidth, font, textAlign, textBaseline, globalAlpha, imageSmoothingEnabled, lineJoin, dash, matrix, clips } = this;
    this.saved.push({ strokeStyle, fillStyle, lineWidth, font, textAlign, textBaseline, globalAlpha, imageSmoothingEnabled, lineJoin, dash, matrix: { ...matrix }, clips });
  }

  restore() {
    const before = this.saved.pop();
    for (let k = this.clips; k > before.clips; k--) this.drawn.push({ kind: "end" });
    Object.assign(this, before);
  }

  translate(x, y) {
    [this.matrix.x, this.matrix.y] = this.at(x, y);
  }

  rotate(angle) {
    this.matrix.angle += angle;
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  /** @returns {[number, number]} */
  at(x, y) {
    const { angle, x: dx, y: dy } = this.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return [dx + x * cos - y * sin, dy + x * sin + y * cos];
  }

  /** Whatever notation a colour has. @returns {Paint} */
  paint(style) {
    const [, ...numbers] = RGB.exec(style) ?? [];
    if (numbers.length) this.known.set(style, { colour: numbers.slice(0, 3).map(Number), alpha: Number(numbers[3] ?? 1) });
    else if (!this.known.has(style)) {
      const { paper } = this;
      paper.clearRect(0, 0, 1, 1);
      paper.fillStyle = style;
      paper.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = paper.getImageData(0, 0, 1, 1).data;
      this.known.set(style, { colour: [red, green, blue], alpha: alpha / 255 });
    }
    const { colour, alpha } = this.known.get(style);
    return { colour, alpha: alpha * this.globalAlpha };
  }

  // ---- Paths

  beginPath() {
    this.steps = [];
    this.round = null;
  }

  moveTo(x, y) {
    this.steps.push(["M", ...this.at(x, y)]);
  }

  lineTo(x, y) {
    this.steps.push(["L", ...this.at(x, y)]);
  }

  closePath() {
    this.steps.push(["Z"]);
  }

  rect(x, y, width, height) {
    this.moveTo(x, y);
    for (const [px, py] of [[x + width, y], [x + width, y + height], [x, y + height]]) this.lineTo(px, py);
    this.closePath();
  }

  /** Only whole circles are drawn here. */
  arc(x, y, radius) {
    this.round = this.steps.length ? null : { x, y, radius };
    this.ellipse(x, y, radius, radius);
  }

  ellipse(x, y, a, b) {
    const [u, v] = [a * ROUND, b * ROUND];
    const curve = (...points) => this.steps.push(["C", ...points.flatMap(([px, py]) => this.at(px, py))]);
    this.moveTo(x + a, y);
    curve([x + a, y + v], [x + u, y + b], [x, y + b]);
    curve([x - u, y + b], [x - a, y + v], [x - a, y]);
    curve([x - a, y - v], [x - u, y - b], [x, y - b]);
    curve([x + u, y - b], [x + a, y - v], [x + a, y]);
    this.closePath();
  }

  stroke() {
    this.keep({ stroke: this.paint(this.strokeStyle) });
  }

  fill() {
    if (this.round) {
      const { x, y, radius } = this.round;
      const [px, py] = this.at(x, y);
      this.drawn.push({ kind: "dot", x: px, y: py, radius, fill: this.paint(this.fillStyle) });
    } else this.keep({ fill: this.paint(this.fillStyle) });
  }

  keep(paints) {
    const { dash, lineJoin: join, lineWidth: width, steps } = this;
    this.drawn.push({ kind: "path", steps: [...steps], fill: null, stroke: null, width, dash, join, ...paints });
  }

  clip() {
    this.clips += 1;
    this.drawn.push({ kind: "clip", steps: [...this.steps] });
  }

  fillRect(x, y, width, height) {
    this.apart(() => {
      this.rect(x, y, width, height);
      this.fill();
    });
  }

  strokeRect(x, y, width, height) {
    this.apart(() => {
      this.rect(x, y, width, height);
      this.stroke();
    });
  }

  /** The path that is being drawn stays as it is. */
  apart(draw) {
    const { steps, round } = this;
    this.beginPath();
    draw();
    Object.assign(this, { steps, round });
  }

  // ---- Text and images

  measureText(text) {
    this.paper.font = this.font;
    return this.paper.measureText(text);
  }

  fillText(text, x, y) {
    this.write(text, x, y, { fill: this.paint(this.fillStyle) });
  }

  strokeText(text, x, y) {
    this.write(text, x, y, { stroke: this.paint(this.strokeStyle) });
  }

  write(text, x, y, paints) {
    const [, weight, size] = /^(?:(\d+|bold) )?([\d.]+)px/.exec(this.font);
    const [px, py] = this.at(x, y);
    this.drawn.push({ kind: "text", text, x: px, y: py, angle: this.matrix.angle, size: Number(size), isBold: Boolean(weight) && weight !== "400",
      align: this.textAlign, baseline: this.textBaseline, width: this.lineWidth, fill: null, stroke: null, ...paints });
  }

  /** A canvas, or a part of it, into a box. */
  drawImage(canvas, ...numbers) {
    const [sx, sy, sw, sh] = numbers.length === 8 ? numbers : [0, 0, canvas.width, canvas.height];
    const [x, y, width, height] = numbers.slice(-4);
    const part = document.createElement("canvas");
    [part.width, part.height] = [sw, sh];
    part.getContext("2d").drawImage(canvas, sx, sy, sw, sh, 0, 0, sw, sh);
    const [px, py] = this.at(x, y);
    this.drawn.push({ kind: "image", canvas: part, x: px, y: py, width, height, isSmooth: this.imageSmoothingEnabled });
  }
}
