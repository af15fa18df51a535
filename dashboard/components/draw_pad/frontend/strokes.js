// Ink on a canvas: smooth strokes of varying width, and greys out of and into it.

/** Canvas pixels per pixel of the drawing that Python gets. */
export const FINENESS = 2;

/** A pen with half its pressure draws as a mouse does; a mouse reports 0.5, a finger 0 or 0.5. */
export function widthAt(event, size) {
  return event.pointerType === "pen" && event.pressure > 0 ? size * (0.4 + 1.2 * event.pressure) : size;
}

export class Ink {
  /** The sides are those of a drawing, in pixels. */
  constructor(canvas, height, width) {
    this.canvas = canvas;
    this.height = height;
    this.width = width;
    canvas.width = width * FINENESS;
    canvas.height = height * FINENESS;
    this.pen = canvas.getContext("2d", { willReadFrequently: true });
    this.clear();
  }

  clear() {
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Begins a stroke with a dot, so that a tap leaves one. */
  begin(x, y, width, erases) {
    this.colour = erases ? "#000" : "#fff";
    this.last = this.middle = [x, y];
    this.pen.fillStyle = this.colour;
    this.pen.beginPath();
    this.pen.arc(x, y, width / 2, 0, 2 * Math.PI);
    this.pen.fill();
  }

  /** Goes on to a point, bending at the one before. */
  extend(x, y, width) {
    const [px, py] = this.last;
    const middle = [(px + x) / 2, (py + y) / 2];
    this.segment(width, () => this.pen.quadraticCurveTo(px, py, ...middle));
    this.last = [x, y];
    this.middle = middle;
  }

  end(width) {
    this.segment(width, () => this.pen.lineTo(...this.last));
  }

  segment(width, draw) {
    const { pen } = this;
    Object.assign(pen, { strokeStyle: this.colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    pen.moveTo(...this.middle);
    draw();
    pen.stroke();
  }

  snapshot() {
    return this.pen.getImageData(0, 0, this.canvas.width, this.canvas.height);
  }

  revert(snapshot) {
    this.pen.putImageData(snapshot, 0, 0);
  }

  /** @returns {Uint8Array} height x width greys, each the mean of the canvas pixels that it covers. */
  greys() {
    const { data, width } = this.snapshot();
    const greys = new Uint8Array(this.height * this.width);
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        let sum = 0;
        for (let k = 0; k < FINENESS ** 2; k++) {
          const [down, across] = [y * FINENESS + Math.floor(k / FINENESS), x * FINENESS + (k % FINENESS)];
          sum += data[4 * (down * width + across)];
        }
        greys[y * this.width + x] = Math.round(sum / FINENESS ** 2);
      }
    }
    return greys;
  }

  /** Paints greys of the size that `greys` returns. */
  paint(greys) {
    const small = document.createElement("canvas");
    small.width = this.width;
    small.height = this.height;
    const rgba = new Uint8ClampedArray(4 * greys.length);
    greys.forEach((grey, i) => rgba.set([grey, grey, grey, 255], 4 * i));
    small.getContext("2d").putImageData(new ImageData(rgba, this.width, this.height), 0, 0);
    // As squares, so that `greys` gives back the very same.
    this.pen.imageSmoothingEnabled = false;
    this.pen.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
  }
}
