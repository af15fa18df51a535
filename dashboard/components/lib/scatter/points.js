// Draws every latent code as a dot: WebGL where there is one, else canvas 2D. Touches one canvas only.

// Faint enough that ten thousand hidden dots on top of one another stay background.
const CONTEXT_OPACITY = 0.14;

const VERTEX_SHADER = `
precision highp float;
attribute vec2 position;
attribute vec4 own;
uniform vec2 centre;
uniform vec2 remainder;
uniform vec2 scale;
uniform mediump float size;
uniform float drawsHidden;
uniform vec4 context;
varying vec4 colour;
void main() {
  // A colour per dot, not per pixel: a lookup in the fragment shader is five times slower. And not a
  // palette of uniforms: how long that may be depends on the graphics card.
  float hidden = own.a > 0.0 ? 0.0 : 1.0;
  colour = hidden > 0.5 ? context : own;
  // Subtracting first keeps float32 exact at deep zoom; the remainder is what the centre lost to float32.
  gl_Position = hidden == drawsHidden ? vec4((position - centre - remainder) * scale, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = size;
}`;

const FRAGMENT_SHADER = `
precision mediump float;
uniform float size;
varying vec4 colour;
void main() {
  float distance = length(gl_PointCoord - 0.5) * size;
  float alpha = colour.a * clamp(0.5 * size - distance + 0.5, 0.0, 1.0);
  gl_FragColor = vec4(colour.rgb * alpha, alpha);
}`;

/** Renderers that are kept for whoever comes next: a context and its shader take longer than a picture. */
const MOST_SPARE = 2;
/** @type {WebGLPoints[]} */
const spare = [];

/**
 * A renderer as of `createPointRenderer` on a canvas of its own, the only child of `place` from now on.
 *
 * @param {HTMLElement} place
 * @param {() => void} onRestored
 */
export function placePoints(place, onRestored) {
  const ready = spare.pop();
  const canvas = ready?.canvas ?? document.createElement("canvas");
  place.replaceChildren(canvas);
  if (!ready) return createPointRenderer(canvas, onRestored);
  ready.onRestored = onRestored;
  return ready;
}

/**
 * A renderer for the canvas: {kind, setPoints, movePoints, draw, dispose}.
 *
 * @param {HTMLCanvasElement} canvas without a context yet.
 * @param {() => void} onRestored called when a lost context is back and needs a draw.
 */
export function createPointRenderer(canvas, onRestored) {
  const options = { alpha: true, antialias: false, depth: false, stencil: false, premultipliedAlpha: true };
  const gl = canvas.getContext("webgl", options);
  // An identity, but not a plain move: where Chromium composes pages without a GPU it cuts off as much
  // of a WebGL canvas at the bottom as is scrolled out of sight at the top, unless it is transformed.
  if (gl) canvas.style.transform = "perspective(1px) translateZ(0)";
  return gl ? new WebGLPoints(canvas, gl, onRestored) : new CanvasPoints(canvas);
}

class WebGLPoints {
  constructor(canvas, gl, onRestored) {
    this.kind = "webgl";
    this.gl = gl;
    this.canvas = canvas;
    this.onRestored = onRestored;
    this.points = null;
    this.build();
    canvas.addEventListener("webglcontextlost", (event) => {
      // Without this the browser never restores the context.
      event.preventDefault();
      this.lost = true;
      if (spare.includes(this)) spare.splice(spare.indexOf(this), 1);
    });
    canvas.addEventListener("webglcontextrestored", () => {
      if (this.disposed) return;
      this.build();
      if (this.points) this.setPoints(this.points.positions, this.points.labels);
      this.onRestored();
    });
  }

  build() {
    const { gl } = this;
    this.lost = false;
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX_SHADER], [gl.FRAGMENT_SHADER, FRAGMENT_SHADER]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, "position");
    gl.bindAttribLocation(program, 1, "own");
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`The dots' shader does not link: ${gl.getProgramInfoLog(program)}`);
    }
    gl.useProgram(program);
    const names = ["centre", "remainder", "scale", "size", "drawsHidden", "context"];
    this.uniforms = Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = [gl.createBuffer(), gl.createBuffer()];
    gl.enable(gl.BLEND);
    gl.disable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.clearColor(0, 0, 0, 0);
  }

  /** Uploads other positions (n, 2) for the same labels. */
  movePoints(positions) {
    const { gl } = this;
    this.points.positions = positions;
    this.unit = unitOf(positions);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[0]);
    gl.bufferData(gl.ARRAY_BUFFER, inUnits(positions, this.unit), gl.DYNAMIC_DRAW);
  }

  /** Uploads positions (n, 2) and labels (n). */
  setPoints(positions, labels) {
    this.points = { positions, labels };
    const { gl } = this;
    this.unit = unitOf(positions);
    this.upload(0, inUnits(positions, this.unit), 2, gl.FLOAT);
    this.painted = null;
  }

  upload(slot, values, width, type) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[slot]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(slot);
    gl.vertexAttribPointer(slot, width, type, type === gl.UNSIGNED_BYTE, 0, 0);
  }

  /**
   * Uploads the colour of every dot where that has changed; a hidden one has no opacity.
   *
   * @param {{palette, hidden, opacity, looks?}} style
   */
  paint({ palette, hidden, opacity, looks }) {
    const painted = `${opacity} ${hidden.join("")} ${palette.join(" ")} ${looks?.key}`;
    if (painted === this.painted) return;
    this.painted = painted;
    const bytes = palette.map((rgb, k) => [...rgb, hidden[k] ? 0 : opacity].map((part) => Math.round(255 * part)));
    const own = new Uint8Array(4 * this.points.labels.length);
    this.points.labels.forEach((label, i) => own.set(bytes[label], 4 * i));
    if (looks?.colours) for (let i = 0; i < own.length / 4; i++) own.set(looks.colours.subarray(3 * i, 3 * i + 3), 4 * i);
    // No dot that is to be seen may lose all of its opacity: that is how a hidden one is known.
    looks?.weights?.forEach((weight, i) => (own[4 * i + 3] = Math.ceil((own[4 * i + 3] * weight) / 255)));
    this.upload(1, own, 4, this.gl.UNSIGNED_BYTE);
  }

  /**
   * @param {{cx, cy, width}} view what to show.
   * @param {{width, height, ratio}} size of the canvas in CSS px, and device pixels per CSS px.
   * @param {{size, opacity, palette, hidden, context, looks?}} style dot size in CSS px; colours as
   *   [r, g, b] in 0..1 per class; hidden as 0 or 1 per class; context, the colour of hidden dots; looks of single
   *   dots, {key, weights, colours} as bytes, or null.
   */
  draw(view, size, style) {
    const { gl, uniforms } = this;
    if (this.lost || !this.points) return;
    resizeBacking(this.canvas, size);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.paint(style);
    const centre = [view.cx / this.unit, view.cy / this.unit];
    const rounded = centre.map(Math.fround);
    const scale = (2 * this.unit) / view.width;
    gl.uniform2f(uniforms.centre, ...rounded);
    gl.uniform2f(uniforms.remainder, centre[0] - rounded[0], centre[1] - rounded[1]);
    gl.uniform2f(uniforms.scale, scale, (scale * size.width) / size.height);
    gl.uniform4f(uniforms.context, ...style.context, CONTEXT_OPACITY);
    const count = this.points.labels.length;
    if (style.hidden.includes(1) || style.looks?.weights) {
      gl.uniform1f(uniforms.drawsHidden, 1);
      gl.uniform1f(uniforms.size, Math.max(1.5, 0.6 * style.size) * size.ratio);
      gl.drawArrays(gl.POINTS, 0, count);
    }
    gl.uniform1f(uniforms.drawsHidden, 0);
    gl.uniform1f(uniforms.size, style.size * size.ratio);
    gl.drawArrays(gl.POINTS, 0, count);
  }

  /** Its canvas may be the next one's. */
  dispose() {
    const { gl } = this;
    this.points = null;
    if (!this.lost && spare.length < MOST_SPARE) {
      for (const slot of [0, 1]) this.upload(slot, new Float32Array(), 2, gl.FLOAT);
      gl.clear(gl.COLOR_BUFFER_BIT);
      spare.push(this);
      return;
    }
    this.disposed = true;
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

// Their differences, and the scale that shrinks them, would leave what single precision holds.
const HUGE = 1e18;

/** What the positions are counted in: 1, or for huge ones a power of two that keeps every step exact. */
function unitOf(positions) {
  let largest = 0;
  for (let i = 0; i < positions.length; i++) largest = Math.max(largest, Math.abs(positions[i]));
  return largest > HUGE ? 2 ** Math.floor(Math.log2(largest)) : 1;
}

function inUnits(positions, unit) {
  return unit === 1 ? positions : positions.map((value) => value / unit);
}

class CanvasPoints {
  constructor(canvas) {
    this.kind = "canvas";
    this.canvas = canvas;
    this.context2d = canvas.getContext("2d");
  }

  movePoints(positions) {
    this.points.positions = positions;
  }

  setPoints(positions, labels) {
    this.points = { positions, labels };
  }

  draw(view, size, style) {
    if (!this.points) return;
    resizeBacking(this.canvas, size);
    const pen = this.context2d;
    pen.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    const css = (rgb) => `rgb(${rgb.map((part) => Math.round(255 * part)).join(" ")})`;
    const { labels } = this.points;
    const { weights, colours } = style.looks ?? {};
    const isHidden = (i) => style.hidden[labels[i]] || weights?.[i] === 0;
    pen.fillStyle = css(style.context);
    pen.globalAlpha = CONTEXT_OPACITY;
    this.drawDots(view, size, Math.max(1.5, 0.6 * style.size), isHidden);
    pen.globalAlpha = style.opacity;
    if (colours || weights) {
      const own = (i) => colours?.subarray(3 * i, 3 * i + 3) ?? style.palette[labels[i]].map((part) => Math.round(255 * part));
      this.drawDots(view, size, style.size, (i) => {
        if (isHidden(i)) return false;
        pen.fillStyle = `rgb(${own(i).join(" ")})`;
        pen.globalAlpha = (style.opacity * (weights?.[i] ?? 255)) / 255;
        return true;
      });
    } else {
      // One colour at a time: changing fillStyle per dot costs more than the dot.
      style.palette.forEach((rgb, k) => {
        if (style.hidden[k]) return;
        pen.fillStyle = css(rgb);
        this.drawDots(view, size, style.size, (i) => labels[i] === k);
      });
    }
    pen.globalAlpha = 1;
  }

  drawDots(view, size, diameter, accepts) {
    const { positions, labels } = this.points;
    const scale = size.width / view.width;
    for (let i = 0; i < labels.length; i++) {
      if (!accepts(i)) continue;
      const x = size.width / 2 + (positions[2 * i] - view.cx) * scale;
      const y = size.height / 2 - (positions[2 * i + 1] - view.cy) * scale;
      this.context2d.fillRect(x - diameter / 2, y - diameter / 2, diameter, diameter);
    }
  }

  dispose() {}
}

/** Gives the canvas one backing pixel per device pixel; resizing clears it, so only when needed. */
export function resizeBacking(canvas, size) {
  const width = Math.max(1, Math.round(size.width * size.ratio));
  const height = Math.max(1, Math.round(size.height * size.ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
