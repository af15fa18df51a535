// The drawer: a box to search in, and the selected images with what can be done with them.
import { ImageGrid } from "../../lib/ui/image_grid.js";
import { PlacesView } from "./places_view.js";
import { NEIGHBOURS } from "./subset.js";
import { copyText, saveBlob } from "../../lib/ui/exports.js";
import { counted, fileStem, fixed, imageName } from "../../lib/ui/text.js";
import { csvText, parquetBytes } from "../../lib/ui/tables.js";
import { cssColour } from "../../lib/scatter/palette.js";
import { element } from "../../lib/ui/dom.js";

export class Drawer {
  /** @param {import("./plane_controller.js").LatentPlane} plane */
  constructor(plane) {
    this.plane = plane;
    this.node = plane.part("drawer");
    this.opener = null;
    this.build();
    this.grid = new ImageGrid(this.list, plane.shape, {
      paint: (rows, onImage) => this.paint(rows, onImage),
      describe: (row) => this.describe(row),
      choose: (row, timeStamp) => this.choose(row, timeStamp),
      point: (row) => plane.stage.mark({ ring: row < 0 ? null : plane.coordinates.placeOf({ index: row }) }),
    });
    this.node.onkeydown = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    };
  }

  build() {
    const { subset } = this.plane;
    const button = (text, title, act, more = {}) => {
      const node = element("button", { type: "button", className: "small", title, ...more }, [text]);
      node.onclick = act;
      return node;
    };
    this.box = element("input", { type: "search", placeholder: "1234 · worst 50 · class", maxLength: 2000, autocomplete: "off",
      "aria-label": "Search images", "data-testid": "search", title: "An image's number, several (12, 40-44), “worst 50”, “best 50”, or a class" });
    this.placesTitle = element("strong", { className: "drawer-heading" }, ["Places"]);
    const form = element("form", { className: "drawer-search", role: "search" }, [
      this.placesTitle,
      this.box,
      button("In view", "Select every dot in this window (A)", () => subset.takeInView()),
      ...(this.plane.classes.length ? [button("Class", "Select the class of the chosen or nearest dot (S)", () => subset.takeClass())] : []),
      button(`${NEIGHBOURS} nearest`, `Select the ${NEIGHBOURS} images whose codes are nearest to the pin (N)`, () => subset.takeNeighbours()),
      button("✕", "Close (Esc)", () => this.close(), { "aria-label": "Close", className: "small close" }),
    ]);
    form.onsubmit = (event) => {
      event.preventDefault();
      this.say(subset.find(this.box.value));
    };
    // Letters typed here are no shortcuts; Escape closes.
    this.box.onkeydown = (event) => event.key !== "Escape" && event.stopPropagation();
    this.problem = element("p", { className: "drawer-problem", role: "alert", "data-testid": "search-problem" });
    this.heading = element("p", { className: "drawer-heading", "data-testid": "selected-count" });
    this.counts = element("ul", { className: "drawer-counts", "aria-label": "Classes", "data-testid": "selected-classes" });
    this.hide = button("Hide the others", "Show the selected images alone", () => subset.hideOthers(!subset.isAlone), { "aria-pressed": "false" });
    const saved = [
      button("Copy numbers", "Copy the images' numbers", () => this.copy()),
      button("CSV", "Numbers, classes, errors and codes as CSV", () => this.save("csv")),
      button("Parquet", "Numbers, classes, errors and codes as Parquet", () => this.save("parquet")),
    ];
    const clear = button("Clear", "Select no images", () => subset.clear());
    const actions = element("div", { className: "drawer-actions" }, [this.heading, this.hide, ...saved, clear]);
    this.note = element("p", { className: "faint", role: "status" });
    this.list = element("div", { className: "grid", "data-testid": "image-grid" });
    this.found = element("div", { className: "drawer-found" }, [actions, this.counts, this.note, this.list]);
    const places = element("div", { className: "drawer-found", hidden: true });
    this.search = form;
    this.places = new PlacesView(this.plane, places);
    this.node.replaceChildren(form, this.problem, this.found, places);
  }

  // ---- Open and closed

  get isOpen() {
    return !this.node.hidden;
  }

  get showsPlaces() {
    return this.isOpen && !this.places.node.hidden;
  }

  /** The kept places in place of the selected images. */
  openPlaces() {
    this.turnTo(true);
    this.reveal();
    this.opener = this.plane.part("places");
    this.places.show();
    this.places.name.focus();
  }

  turnTo(isPlaces) {
    this.places.node.hidden = !isPlaces;
    this.problem.hidden = isPlaces;
    for (const node of this.search.children) if (node instanceof HTMLElement && !node.classList.contains("close")) node.hidden = isPlaces;
    this.placesTitle.hidden = !isPlaces;
    this.found.hidden = isPlaces || this.plane.subset.isEmpty;
    this.node.setAttribute("aria-label", isPlaces ? "Kept places" : "Selected images");
  }

  /** @param {boolean} withFocus whether a person goes there, to type. */
  open(withFocus) {
    this.turnTo(false);
    this.reveal();
    if (withFocus) {
      this.opener = this.plane.part("find");
      this.box.focus();
      this.box.select();
    }
    this.grid.drawSoon();
  }

  reveal() {
    this.node.hidden = false;
    this.plane.root.classList.add("has-drawer");
    this.tellPage(true);
  }

  close() {
    this.node.hidden = true;
    this.plane.root.classList.remove("has-drawer");
    this.tellPage(false);
    this.plane.stage.mark({ ring: null });
    (this.opener ?? this.plane.part("plane")).focus();
    this.opener = null;
    this.plane.tools.showButtons();
  }

  /** What the page shows below the panel makes room where there is enough. */
  tellPage(isOpen) {
    const root = this.node.getRootNode();
    const stage = (root instanceof ShadowRoot ? root.host : this.node).closest(".st-key-explore-stage");
    stage?.classList.toggle("has-drawer", isOpen);
  }

  // ---- What it shows

  say(problem) {
    this.problem.textContent = problem ?? "";
    this.box.setAttribute("aria-invalid", String(Boolean(problem)));
  }

  show() {
    const { subset, classes, labels, colours } = this.plane;
    this.turnTo(this.showsPlaces && subset.isEmpty);
    if (subset.isEmpty) return;
    this.say("");
    const { rows } = subset;
    const images = `${counted(rows.length)} ${rows.length === 1 ? "image" : "images"}`;
    this.heading.replaceChildren(element("strong", {}, [images]), ` ${subset.title || "selected"}`);
    const counts = new Map();
    if (classes.length) for (const row of rows) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
    const most = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    this.counts.replaceChildren(...most.map(([label, count]) => this.countOf(classes[label], colours[label], count, count / most[0][1])));
    this.hide.setAttribute("aria-pressed", String(subset.isAlone));
    this.note.textContent = subset.text ? "" : "Too many for the link: only this page knows them. A class or “worst 1000” fits.";
    this.grid.show(rows, `${images} ${subset.title}`, Boolean(subset.distances));
    this.mark();
  }

  countOf(name, colour, count, share) {
    return element("li", { style: `--class-colour: ${cssColour(colour)}; --share: ${(100 * share).toFixed(1)}%` }, [
      element("span", { className: "swatch", "aria-hidden": "true" }),
      element("span", { className: "count-name" }, [name]),
      element("span", { className: "count" }, [counted(count)]),
    ]);
  }

  /** The chosen image among them. */
  mark() {
    this.grid.mark(this.plane.selection.chosen?.index ?? -1);
  }

  describe(row) {
    const { classes, colours, errors, labels, rows, subset } = this.plane;
    const name = imageName(classes[labels[row]], `image ${counted(rows.imageOf(row))}`);
    // What is chosen among neighbours is none of its own neighbours.
    const far = subset.distances?.[subset.rows.indexOf(row)];
    const distance = far === undefined ? "" : fixed(far, 2);
    const more = [errors ? `MSE ${errors[row].toFixed(4)}` : "", distance ? `${distance} away` : "", this.plane.colouring.wordsOf(row)].filter(Boolean);
    const caption = [classes[labels[row]], distance].filter(Boolean).join(" · ");
    return { label: [name, ...more].join(", "), caption, colour: cssColour(colours[labels[row]]) };
  }

  /** The originals, or where there are none what the decoder makes of the codes. */
  paint(rows, onImage) {
    const { codes, conditions, inference, latentDim, originals, rows: of } = this.plane;
    if (originals.areOffered) {
      // Those that have not come yet are asked for, and painted when they are here.
      rows.forEach((row, k) => onImage(k, originals.thumbnail(of.imageOf(row))));
      return { cancel: () => {} };
    }
    const wanted = new Float32Array(rows.length * latentDim);
    rows.forEach((row, k) => wanted.set(codes.subarray(row * latentDim, (row + 1) * latentDim), k * latentDim));
    return inference.client.decodeLater(wanted, conditions && rows.map((row) => conditions[row]), onImage);
  }

  choose(row, timeStamp) {
    this.plane.selection.set({ index: row }, timeStamp);
    this.plane.commits.selection(0);
    this.plane.announce(`Selected ${this.describe(row).label}.`);
  }

  // ---- What leaves the page

  /** @returns {import("../../lib/ui/tables.js").Column[]} */
  columns() {
    const { classes, codes, errors, labels, latentDim, rows: of, subset: { distances, rows } } = this.plane;
    /** @returns {import("../../lib/ui/tables.js").Column} */
    const column = (name, kind, valueOf) => ({ name, kind, values: rows.map(valueOf) });
    return [
      column("index", "int32", (row) => of.imageOf(row)),
      ...(classes.length ? [column("label", "int32", (row) => labels[row]), column("class", "text", (row) => classes[labels[row]])] : []),
      ...(errors ? [column("mse", "float", (row) => errors[row])] : []),
      ...(distances ? [column("distance", "float", (_, k) => distances[k])] : []),
      ...this.plane.colouring.columns().map(({ name, kind, valueOf }) => column(name, kind, valueOf)),
      ...Array.from({ length: latentDim }, (_, dim) => column(`z${dim + 1}`, "float", (row) => codes[row * latentDim + dim])),
    ];
  }

  save(ending) {
    const { about, subset } = this.plane;
    const name = `${fileStem(about.title)}-${subset.rows.length}-selected${subset.query && `-${fileStem(subset.query)}`}.${ending}`;
    const columns = this.columns();
    if (ending === "csv") saveBlob(new Blob([csvText(columns)], { type: "text/csv" }), name);
    else saveBlob(new Blob([parquetBytes(columns, { run: about.name, split: about.split })], { type: "application/vnd.apache.parquet" }), name);
    this.plane.announce(`${name} saved.`);
  }

  async copy() {
    const { rows, subset, announce } = this.plane;
    try {
      await copyText(subset.rows.map((row) => rows.imageOf(row)).join(", "));
      announce(`${counted(subset.rows.length)} numbers copied.`);
      this.note.textContent = `${counted(subset.rows.length)} numbers copied.`;
    } catch (error) {
      this.note.textContent = error.message;
    }
  }

  dispose() {
    this.grid.dispose();
    this.tellPage(false);
    this.plane.root.classList.remove("has-drawer");
    this.node.hidden = true;
    this.node.replaceChildren();
  }
}
