// The lasso and the box: a shape drawn over the plane selects the dots within.

const NAMESPACE = "http://www.w3.org/2000/svg";
// CSS px between two corners of a lasso: finer than a hand, and few enough to test ten thousand dots against.
const STEP = 3;

/**
 * Whether a point lies within a polygon, by the even-odd rule.
 *
 * @param {[number, number][]} corners
 */
export function isWithin(corners, x, y) {
  let isIn = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [[ax, ay], [bx, by]] = [corners[i], corners[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
  }
  return isIn;
}

export class Marquee {
  /**
   * @param {HTMLElement} surface the plane.
   * @param {(isWithin: (x: number, y: number) => boolean, how: string) => void} onDrawn told of a finished shape, in CSS
   *   px from the plane's corner, and whether it is to "replace", "add" or "remove".
   * @param {AbortSignal} signal
   */
  constructor(surface, onDrawn, signal) {
    this.surface = surface;
    this.onDrawn = onDrawn;
    /** "lasso", "box", or null where a drag means something else. */
    this.tool = null;
    this.corners = [];
    this.path = document.createElementNS(NAMESPACE, "path");
    const drawing = document.createElementNS(NAMESPACE, "svg");
    drawing.setAttribute("class", "layer marquee");
    drawing.setAttribute("aria-hidden", "true");
    drawing.append(this.path);
    surface.querySelector(".marquee")?.remove();
    surface.append(drawing);
    const press = (event) => {
      this.how = event.altKey ? "remove" : event.ctrlKey || event.metaKey ? "add" : "replace";
      const box = surface.getBoundingClientRect();
      this.start = [event.clientX - box.left, event.clientY - box.top];
    };
    surface.addEventListener("pointerdown", press, { capture: true, signal });
    signal.addEventListener("abort", () => drawing.remove());
  }

  get isOn() {
    return this.tool !== null;
  }

  get isDrawing() {
    return this.corners.length > 0;
  }

  begin() {
    this.corners = [this.start];
  }

  move(x, y) {
    if (this.tool === "box") {
      const [left, top] = this.corners[0];
      this.corners = [[left, top], [x, top], [x, y], [left, y]];
    } else {
      const [lastX, lastY] = this.corners.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= STEP) this.corners.push([x, y]);
    }
    this.path.setAttribute("d", `M${this.corners.map((corner) => corner.map(Math.round).join(" ")).join("L")}Z`);
  }

  end() {
    const { corners } = this;
    this.cancel();
    if (corners.length > 2) this.onDrawn((x, y) => isWithin(corners, x, y), this.how);
  }

  cancel() {
    this.corners = [];
    this.path.setAttribute("d", "");
  }
}
