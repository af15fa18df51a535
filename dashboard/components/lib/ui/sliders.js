// One slider per latent dimension, and the choice of the two dimensions that span the plane.
import { element } from "./dom.js";
import { dimensionName, fixed } from "./text.js";

const DEAD = "Dead: this dimension is the same whatever the image, so it says nothing about it.";
const KL = "Mean KL from q(z|x) to the prior, in nats per image: how much this dimension says about the image";
const VARIANCE = "Variance of this dimension over the test images";

export class Sliders {
  /**
   * @param {{list: HTMLElement, axes: HTMLElement}} places
   * @param {[number, number][]} ranges [low, high] per dimension.
   * @param {number[]} dead the dimensions that do not vary with the image.
   * @param {number[]} axes the two dimensions of the plane, the second -1 for a one-dimensional code.
   * @param {{
   *   weights?: ?number[],
   *   isKl?: boolean,
   *   onMove: (dim: number, value: number, timeStamp: number) => void,
   *   onRelease: () => void,
   *   onAxes: (axes: number[]) => void,
   * }} calls with the weights of the dimensions the sliders stand in their order, the dead last.
   */
  constructor(places, ranges, dead, axes, calls) {
    this.calls = calls;
    this.isDead = (dim) => dead.includes(dim);
    this.axes = axes;
    this.rows = ranges.map((range, dim) => this.buildRow(range, dim));
    places.list.replaceChildren(...this.heading(), ...this.order().map((dim) => this.rows[dim].node));
    places.axes.hidden = ranges.length <= 2;
    this.selects = ["Horizontal axis", "Vertical axis"].map((label, k) => this.buildSelect(label, k, ranges.length));
    places.axes.replaceChildren(...this.selects.map((select) => select.node));
    this.showAxes(axes);
  }

  /** What the numbers beside the names are, where there are any. */
  heading() {
    const { weights, isKl } = this.calls;
    if (!weights) return [];
    const what = isKl ? "By KL, nats per image" : "By variance of the codes";
    return [element("p", { className: "slider-order" }, [`${what}, largest first`])];
  }

  /** The dimensions as they stand below one another. */
  order() {
    const { weights } = this.calls;
    const dims = this.rows.map((_, dim) => dim);
    if (!weights) return dims;
    return dims.sort((a, b) => Number(this.isDead(a)) - Number(this.isDead(b)) || weights[b] - weights[a] || a - b);
  }

  buildRow([low, high], dim) {
    const name = dimensionName(dim);
    const input = element("input", {
      type: "range",
      min: String(low),
      max: String(high),
      step: "any",
      "aria-label": `Latent dimension ${dim + 1}${this.isDead(dim) ? ", dead" : ""}`,
      "data-testid": "latent-slider",
    });
    // No output element: it would be read out at every move of the pointer.
    const number = element("span", { className: "slider-number", "aria-hidden": "true" });
    const tag = element("span", { className: "slider-name" }, [name]);
    const { weights, isKl } = this.calls;
    if (weights) {
      const weight = isKl ? fixed(weights[dim], 2) : String(Number(weights[dim].toPrecision(2)));
      tag.append(element("span", { className: "weight", title: isKl ? KL : VARIANCE }, [` ${weight}`]));
      input.setAttribute("aria-description", `${isKl ? "KL" : "Variance"} ${weight}${isKl ? " nats per image" : ""}`);
    }
    if (this.isDead(dim)) tag.append(element("span", { className: "dead", title: DEAD }, [" dead"]));
    input.oninput = (event) => {
      this.calls.onMove(dim, input.valueAsNumber, event.timeStamp);
    };
    input.onchange = () => this.calls.onRelease();
    const look = ["slider-row", weights && "has-weight", this.isDead(dim) && "is-dead"].filter(Boolean).join(" ");
    const node = element("label", { className: look }, [tag, input, number]);
    return { node, input, number, tag, value: NaN };
  }

  buildSelect(label, k, count) {
    const options = Array.from({ length: count }, (_, dim) =>
      element("option", { value: String(dim) }, [dimensionName(dim) + (this.isDead(dim) ? " (dead)" : "")]),
    );
    const select = element("select", { "aria-label": label }, options);
    select.onchange = () => {
      const next = [...this.axes];
      const chosen = Number(select.value);
      // Choosing the other axis' dimension swaps the two: a plane needs two different ones.
      if (next[1 - k] === chosen) next[1 - k] = next[k];
      next[k] = chosen;
      this.calls.onAxes(next);
    };
    return { select, node: element("label", { className: "axis-choice" }, [label, select]) };
  }

  showAxes(axes) {
    this.axes = axes;
    this.selects.forEach(({ select }, k) => (select.value = String(axes[k])));
    this.rows.forEach(({ node }, dim) => node.classList.toggle("is-axis", axes.includes(dim)));
  }

  /** Shows a code; only the rows whose value changed touch the page. */
  show(code) {
    this.rows.forEach((row, dim) => {
      if (row.value === code[dim]) return;
      row.value = code[dim];
      row.input.value = String(code[dim]);
      row.number.textContent = fixed(code[dim]);
      row.input.setAttribute("aria-valuetext", fixed(code[dim]));
    });
  }
}
