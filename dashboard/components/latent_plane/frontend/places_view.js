// The list of kept places in the drawer: keep this one, come back to one, delete one.
import { Places } from "./places.js";
import { codeExcerpt, counted } from "../../lib/ui/text.js";
import { element } from "../../lib/ui/dom.js";

export class PlacesView {
  /** @param {import("./plane_controller.js").LatentPlane} plane @param {HTMLElement} node */
  constructor(plane, node) {
    this.plane = plane;
    this.node = node;
    this.places = new Places(plane.about.name, { count: plane.labels.length, latentDim: plane.latentDim, classes: plane.conditions ? plane.classes.length : 0 });
    this.name = element("input", { type: "text", maxLength: 80, placeholder: "Name of this place", "aria-label": "Name of this place", "data-testid": "place-name" });
    this.note = element("input", { type: "text", maxLength: 500, placeholder: "Note", "aria-label": "Note on this place" });
    const keep = element("button", { type: "submit", className: "small", title: "Keep the position, the window and the image decoded there" }, ["Keep"]);
    this.form = element("form", { className: "drawer-search" }, [this.name, this.note, keep]);
    for (const field of [this.name, this.note]) field.onkeydown = (event) => event.key !== "Escape" && event.stopPropagation();
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.keep();
    };
    this.problem = element("p", { className: "drawer-problem", role: "alert" });
    this.list = element("ul", { className: "places", "aria-label": "Kept places", "data-testid": "places" });
    node.replaceChildren(this.form, this.problem, this.list);
  }

  show() {
    const places = this.places.list();
    this.problem.textContent = "";
    const empty = element("li", { className: "faint" }, ["No place is kept yet. They stay in this browser, for this run."]);
    this.list.replaceChildren(...(places.length ? places.map((place) => this.item(place)) : [empty]));
  }

  item(place) {
    const image = element("img", { alt: "", width: 40, height: 40, ...(place.thumbnail ? { src: place.thumbnail } : {}) });
    const words = element("span", { className: "place-words" }, [element("strong", {}, [place.name]), element("span", { className: "faint" }, [place.note || this.whereOf(place)])]);
    const go = element("button", { type: "button", className: "place", title: place.note || `Back to ${place.name}`, "data-testid": "place" }, [image, words]);
    go.onclick = (event) => this.go(place, event.timeStamp);
    const drop = element("button", { type: "button", className: "small", "aria-label": `Delete ${place.name}`, title: "Delete" }, ["✕"]);
    drop.onclick = () => this.drop(place);
    return element("li", {}, [go, drop]);
  }

  whereOf({ code, index }) {
    return code ? codeExcerpt(code) : `image ${counted(index)}`;
  }

  keep() {
    const { coordinates, condition, inference, panel, selection: { chosen }, viewport } = this.plane;
    const where = chosen?.code || !chosen ? { code: Array.from(chosen?.code ?? inference.shown), index: null } : { code: null, index: chosen.index };
    const place = { ...where, view: viewport.chosen, axes: [...coordinates.axes], condition: condition.current, note: this.note.value.trim(), thumbnail: panel.canvas.toDataURL("image/png") };
    const name = this.name.value.trim() || `${this.whereOf(place)}`;
    const problem = this.places.add({ ...place, name });
    this.show();
    this.problem.textContent = problem;
    if (problem) return;
    this.name.value = this.note.value = "";
    this.plane.announce(`${name} is kept.`);
  }

  go({ name, code, index, view, axes, condition }, timeStamp) {
    const { commits, coordinates, inference, selection, viewport } = this.plane;
    if (axes.join() !== coordinates.axes.join()) this.plane.changeAxes(axes);
    viewport.change(view);
    selection.set(code ? { code } : { index }, timeStamp);
    if (condition !== null && condition !== this.plane.condition.current) inference.chooseClass(condition, timeStamp);
    commits.selection(0);
    this.plane.announce(`Back at ${name}.`);
  }

  drop(place) {
    const before = this.places.list();
    const at = before.findIndex((one) => JSON.stringify(one) === JSON.stringify(place));
    if (at < 0) return;
    this.problem.textContent = this.places.keep(before.filter((_, k) => k !== at));
    this.show();
    this.name.focus();
    this.plane.tools.undo.note(`${place.name} is deleted.`, () => {
      this.places.keep(before);
      this.show();
    });
  }
}
