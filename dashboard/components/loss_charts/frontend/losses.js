// Charts drawn elsewhere: shows the newest, and reads them off under the pointer.

/** A number as the page writes it: as many digits as say something, and a true minus. */
export function plain(value) {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 4;
  const exactly = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString("en", exactly).replace("-", "−");
}

/** The place in a rising list of epochs that is nearest to a place along the axis. */
export function nearest(numbers, at) {
  let found = 0;
  numbers.forEach((number, i) => {
    if (Math.abs(number - at) < Math.abs(numbers[found] - at)) found = i;
  });
  return found;
}

class Chart {
  constructor(figure) {
    this.svg = figure.querySelector("svg");
    this.cursor = figure.querySelector(".cursor");
    this.epoch = figure.querySelector('[data-part="epoch"]');
    this.keys = ["train", "test"].map((split) => figure.querySelector(`.key.${split}`));
    this.curves = JSON.parse(figure.dataset.curves);
    this.last = [this.epoch, ...this.keys].map((node) => node.textContent);
  }

  /** The epoch under the pointer, and its numbers in the place of the last ones. */
  read(event) {
    const { start, end, epochs, numbers } = this.curves;
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.svg.viewBox.baseVal.width;
    this.show(nearest(numbers, ((x - start) / (end - start)) * epochs));
  }

  show(i) {
    const { start, end, epochs, numbers } = this.curves;
    const x = start + (numbers[i] / epochs) * (end - start);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.cursor.removeAttribute("visibility");
    this.epoch.textContent = `epoch ${numbers[i]}`;
    for (const key of this.keys) {
      const split = key.classList.contains("train") ? "train" : "test";
      key.textContent = `${split} ${plain(this.curves[split][i])}`;
    }
  }

  rest() {
    this.cursor.setAttribute("visibility", "hidden");
    [this.epoch, ...this.keys].forEach((node, i) => (node.textContent = this.last[i]));
  }
}

/** Reads off the chart under the pointer, and lets the others rest. */
function follow(place, event) {
  const figure = event.target.closest("svg") && event.target.closest("figure");
  place.pointer = figure ? { i: place.figures.indexOf(figure), clientX: event.clientX } : null;
  place.shown.forEach((chart, i) => (place.pointer?.i === i ? chart.read(event) : chart.rest()));
}

export default function ({ parentElement, data }) {
  const place = parentElement.querySelector('[data-part="losses"]');
  if (place.charts === data.charts) return;
  place.charts = data.charts;
  place.innerHTML = data.charts;
  place.figures = [...place.querySelectorAll("figure")];
  place.shown = place.figures.map((figure) => new Chart(figure));
  // On the place, which stays: a chart that came under a resting pointer is never told that it left.
  place.onpointermove = (event) => follow(place, event);
  place.onpointerleave = () => {
    place.pointer = null;
    place.shown.forEach((chart) => chart.rest());
  };
  // A new epoch came while the pointer rests on a chart: it goes on reading there.
  if (place.pointer) place.shown[place.pointer.i]?.read(place.pointer);
}
