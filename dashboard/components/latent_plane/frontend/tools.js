// The tools beside a plane by itself: lasso and box, the drawer, and the keys that reach them.
import { Drawer } from "./drawer.js";
import { Marquee } from "./marquee.js";
import { FigureDialog } from "./figure_dialog.js";
import { FullScreen } from "../../lib/ui/full_screen.js";
import { Undo } from "../../lib/ui/undo.js";
import { isTyping } from "../../lib/ui/dom.js";
import { toScreen } from "../../lib/scatter/geometry.js";

export class Tools {
  /** @param {import("./plane_controller.js").LatentPlane} plane */
  constructor(plane) {
    this.plane = plane;
    const { part, abort: { signal } } = plane;
    this.surface = part("plane");
    this.marquee = new Marquee(this.surface, (isWithin, how) => this.takeWithin(isWithin, how), signal);
    this.undo = new Undo(part("undo"), this.surface, (text) => plane.announce(text), signal);
    this.drawer = new Drawer(plane);
    this.buttons = { box: part("box"), lasso: part("lasso") };
    for (const [tool, button] of Object.entries(this.buttons)) button.onclick = () => this.choose(this.marquee.tool === tool ? null : tool);
    part("find").onclick = () => this.toggle(this.drawer.showsPlaces || !this.drawer.isOpen, () => this.drawer.open(true));
    part("places").onclick = () => this.toggle(!this.drawer.showsPlaces, () => this.drawer.openPlaces());
    this.figure = new FigureDialog(plane);
    this.fullScreen = new FullScreen(surroundings(plane.root), part("full-screen"), signal);
    document.addEventListener("keydown", (event) => this.press(event), { signal });
    this.showButtons();
    this.showSubset();
  }

  /** @param {?string} tool "lasso", "box", or null for none: a drag then pins. */
  choose(tool) {
    this.marquee.cancel();
    this.marquee.tool = tool;
    if (tool) {
      this.surface.classList.remove("has-hand");
      this.plane.part("hand").setAttribute("aria-pressed", "false");
    }
    this.showButtons();
  }

  showButtons() {
    for (const [tool, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(this.marquee.tool === tool));
    const { isOpen, showsPlaces } = this.drawer;
    this.plane.part("find").setAttribute("aria-expanded", String(isOpen && !showsPlaces));
    this.plane.part("places").setAttribute("aria-expanded", String(showsPlaces));
  }

  toggle(isToOpen, open) {
    if (isToOpen) open();
    else this.drawer.close();
    this.showButtons();
  }

  /** What Escape does first; returns whether there was something. */
  putAway() {
    if (this.marquee.isDrawing || this.marquee.isOn) {
      this.choose(null);
      return true;
    }
    if (this.plane.selection.chosen || this.plane.subset.isEmpty) return false;
    this.plane.subset.clear();
    return true;
  }

  takeWithin(isWithin, how) {
    const { coordinates: { positions }, stage, subset, viewport, visibility } = this.plane;
    const view = viewport.view();
    const inside = (i) => visibility.isPickable(i) && isWithin(...toScreen(view, stage.size, positions[2 * i], positions[2 * i + 1]));
    const drawn = new Set(subset.all().filter(inside));
    const before = subset.mask();
    const rows = {
      replace: [...drawn],
      add: subset.all().filter((i) => before[i] || drawn.has(i)),
      remove: subset.rows.filter((i) => !drawn.has(i)),
    }[how];
    if (how === "remove" && !rows.length) subset.clear();
    else subset.take({ rows });
  }

  // ---- The drawer follows

  showSubset() {
    const { subset } = this.plane;
    this.drawer.show();
    if (!subset.isEmpty && (!this.drawer.isOpen || this.drawer.showsPlaces)) this.drawer.open(false);
    this.showButtons();
  }

  /** Originals came. */
  refresh() {
    this.drawer.grid.drawSoon();
  }

  // ---- Keys, wherever on the page the focus is

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const { root, subset } = this.plane;
    const key = event.key.toLowerCase();
    // An earlier epoch is shown in its place, and on the whole screen as well.
    if (key !== "f" && !root.checkVisibility({ visibilityProperty: true })) return;
    const actions = {
      b: () => this.choose(this.marquee.tool === "box" ? null : "box"),
      l: () => this.choose(this.marquee.tool === "lasso" ? null : "lasso"),
      a: () => subset.takeInView(),
      s: () => subset.takeClass(),
      n: () => subset.takeNeighbours(),
      f: () => this.fullScreen.toggle(),
      m: () => this.drawer.openPlaces(),
      "/": () => this.drawer.open(true),
    };
    if (!Object.hasOwn(actions, key)) return;
    event.preventDefault();
    actions[key]();
    this.showButtons();
  }

  dispose() {
    this.marquee.cancel();
    this.drawer.dispose();
    this.figure.dispose();
  }
}

/** What fills the screen with a plane: the part of the page that has its epochs too, else the plane alone. */
function surroundings(root) {
  const node = root.getRootNode();
  return (node instanceof ShadowRoot ? node.host : root).closest(".st-key-explore-stage") ?? root;
}
