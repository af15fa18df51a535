// The dialog that saves the plane as a figure.
import { Recorder } from "../../lib/figure/recorder.js";
import { dimensionName, fileStem } from "../../lib/ui/text.js";
import { drawPlane, layout, onWhite } from "./plane_figure.js";
import { element } from "../../lib/ui/dom.js";
import { pdfBytes } from "../../lib/figure/pdf.js";
import { saveBlob } from "../../lib/ui/exports.js";
import { svgText } from "../../lib/figure/svg.js";

const WIDTH = { min: 200, max: 6000, value: 1200 };
const FONT = { min: 6, max: 60, value: 16 };
const KINDS = { png: "image/png", svg: "image/svg+xml", pdf: "application/pdf" };

export class FigureDialog {
  /** @param {import("./plane_controller.js").LatentPlane} plane */
  constructor(plane) {
    this.plane = plane;
    this.kind = this.select("Format", { pdf: "PDF, vectors", svg: "SVG, vectors", png: "PNG, pixels" });
    this.width = this.number("Width, px", WIDTH);
    this.font = this.number("Font size, px", FONT);
    this.legend = this.check("With legend", true);
    this.white = this.check("On white", true);
    this.problem = element("p", { className: "dialog-problem", role: "alert" });
    const cancel = element("button", { type: "button" }, ["Cancel"]);
    cancel.onclick = () => this.dialog.close();
    this.form = element("form", { method: "dialog" }, [
      element("h2", {}, ["Save the plane"]),
      ...[this.kind, this.width, this.font].map(({ label }) => label),
      element("div", { className: "dialog-checks" }, [this.legend.label, this.white.label]),
      element("p", { className: "faint" }, ["The window as it is, with its overlays, pin and selection. 96 px are an inch in SVG and PDF."]),
      this.problem,
      element("div", { className: "dialog-buttons" }, [cancel, element("button", { type: "submit", className: "main" }, ["Save"])]),
    ]);
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.save();
    };
    this.dialog = element("dialog", { className: "figure-dialog", "aria-label": "Save the plane", "data-testid": "figure-dialog" }, [this.form]);
    // What is typed here is for no shortcut; Escape closes the dialog alone.
    this.dialog.onkeydown = (event) => event.stopPropagation();
    plane.root.append(this.dialog);
    plane.part("save-plane").onclick = (event) => {
      event.target.closest("details").open = false;
      this.problem.textContent = "";
      this.dialog.showModal();
    };
  }

  select(words, options) {
    const field = element("select", {}, Object.entries(options).map(([value, name]) => element("option", { value }, [name])));
    return { field, label: element("label", {}, [words, field]) };
  }

  number(words, { min, max, value }) {
    const field = element("input", { type: "number", min: String(min), max: String(max), value: String(value), required: true, step: "any" });
    return { field, label: element("label", {}, [words, field]) };
  }

  check(words, isOn) {
    const field = element("input", { type: "checkbox", checked: isOn });
    return { field, label: element("label", { className: "dialog-check" }, [field, words]) };
  }

  async save() {
    try {
      const kind = this.kind.field.value;
      const blob = await this.drawn(kind);
      saveBlob(blob, `${this.stem()}.${kind}`);
      this.dialog.close();
      this.plane.announce(`${this.stem()}.${kind} saved.`);
    } catch (error) {
      this.problem.textContent = `The figure could not be made: ${error.message}`;
    }
  }

  /** @param {string} kind "png", "svg" or "pdf". @returns {Promise<Blob>} */
  async drawn(kind) {
    const { about, stage } = this.plane;
    const theme = this.white.field.checked ? onWhite(stage.theme) : stage.theme;
    const hasLegend = this.legend.field.checked;
    const asked = { width: this.width.field.valueAsNumber, fontSize: this.font.field.valueAsNumber, hasLegend };
    const { size, ...page } = layout(stage.size, asked);
    const draw = (pen) => drawPlane(pen, this.plane, size, theme, hasLegend);
    if (kind === "png") {
      const canvas = element("canvas", { width: Math.round(page.width), height: page.height });
      const pen = canvas.getContext("2d");
      pen.scale(page.scale, page.scale);
      draw(pen);
      return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("it is too large for this browser."))), KINDS.png));
    }
    const recorder = new Recorder();
    draw(recorder);
    const content = kind === "svg" ? svgText(recorder.drawn, { ...page, title: about.title }) : await pdfBytes(recorder.drawn, { ...page, title: about.title });
    return new Blob([content], { type: KINDS[kind] });
  }

  /** What is in the file: the run, the axes, the colours, the overlays. */
  stem() {
    const { about, colouring, coordinates, visibility } = this.plane;
    const axes = coordinates.axes.filter((dim) => dim >= 0).map((dim) => dimensionName(dim).replace(/[₀-₉]/g, (digit) => String("₀₁₂₃₄₅₆₇₈₉".indexOf(digit))));
    return [fileStem(about.title), "plane", ...axes, ...(colouring.text ? [`by-${colouring.text}`] : []), ...visibility.overlays].join("-");
  }

  dispose() {
    this.dialog.remove();
  }
}
