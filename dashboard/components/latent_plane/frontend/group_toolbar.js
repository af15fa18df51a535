// What the planes of a group share: their toolbar and legend, the originals, and the way to Python.
import { Commits } from "./report_state.js";
import { Legend } from "../../lib/ui/legend.js";
import { NO_ORIGINALS, groupNamed } from "../../lib/streamlit/bus.js";
import { originalsNotice } from "./beside.js";
import { Originals } from "./originals.js";
import { classColours } from "../../lib/scatter/palette.js";
import { classCounts } from "./packed.js";
import { counted } from "../../lib/ui/text.js";
import { listenToAddress } from "../../address/frontend/listening.js";
import { element, paintPixels, showAt } from "../../lib/ui/dom.js";
import { imageToRgba, wholeScale } from "../../lib/ui/pixels.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";
import { SharedColours } from "./shared_colours.js";
import { readSharedLink, rounded, writeSharedLink } from "./url_state.js";

const IMAGE_ROOM = 84;
const EXPLAINED = {
  image: "Point at a dot: its image lights up in every plane, each with its own reconstruction.",
  position: "Point anywhere: every plane decodes the same z.",
  scaled: "Point anywhere: every plane decodes the same place, in standard deviations from the mean of its own codes.",
};

export class Conductor {
  // The image whose original stands there, and what was known of the originals then.
  shown; shownState;

  /**
   * @param {HTMLElement} root as in conductor.html.
   * @param {Uint8Array} bytes what `pack_images` packed.
   * @param {{setStateValue: (name: string, value: any) => void}} host
   */
  constructor(root, bytes, host) {
    this.root = root;
    this.bytes = bytes;
    this.host = host;
    /** @type {(name: string) => any} */
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.part("problem").hidden = true;
  }

  renew(host) {
    this.host = host;
  }

  start() {
    const { tensors, metadata } = parseSafetensors(this.bytes);
    this.about = JSON.parse(metadata.images);
    this.labels = tensors.labels.data;
    this.classes = this.about.classes;
    this.shape = this.about.image_shape;
    this.group = groupNamed(this.about.group);
    const link = this.restore();
    this.abort = new AbortController();
    this.originals = new Originals(this.about.originals, this.labels.length, this.shape, (isOne) => this.originalsChanged(isOne));
    // What is sent comes back by way of Python, and must not be taken for a wish of its own.
    const host = {
      setStateValue: (name, value) => {
        const image = value?.index ?? null;
        if (name === "selection" && image !== this.asked) this.echoes.push(image);
        this.host.setStateValue(name, value);
      },
    };
    this.echoes = [];
    this.colours = new SharedColours(this, link.colour);
    this.commits = new Commits(host, { selection: () => this.selectionValue(), view: () => this.viewValue() });
    this.asked = this.chosenImage();
    this.build();
    this.leave = this.group.join(this);
    const { link: kind, window: opened, hidden, overlays, condition } = link;
    this.group.set({ link: kind, window: opened, hidden, overlays, condition, originals: this.originals });
    this.group.say(this.chosen ?? this.nothing(), this);
    this.show(this.chosenImage());
    listenToAddress((isPerson) => this.follow(isPerson), this.abort.signal);
  }

  /** The address says something else; what the person does meanwhile counts, unless it was going back. */
  follow(isPerson) {
    if (!isPerson && !this.commits.isSettled) return;
    const { image, code, source, colour, ...shared } = this.readAddress();
    const { state } = this.group;
    const changed = Object.entries(shared).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(state[name]));
    if (changed.length) this.group.set(Object.fromEntries(changed));
    this.legend.show(state.hidden);
    this.colours.assume(colour);
    const next = this.chosenIn({ image, code, source });
    if (JSON.stringify([next?.image, next?.code]) !== JSON.stringify([this.chosen?.image, this.chosen?.code])) {
      this.group.say(next ?? this.nothing(), this);
      this.show(this.chosenImage());
    }
    this.asked = this.chosenImage();
    this.echoes = [];
    this.commits.settle();
  }

  readAddress() {
    const known = { count: this.labels.length, classes: this.classes };
    return readSharedLink(window.location.search, this.about.url, known, this.about.first);
  }

  chosenIn({ image, code, source }) {
    const isChosen = image !== null || (code && source);
    return isChosen ? this.message({ image, code: image === null ? code : null, source }) : null;
  }

  /** The first state is the address's; what it names on a plane, the plane itself resolves. */
  restore() {
    const link = this.readAddress();
    this.group.state.selection = this.chosenIn(link);
    return link;
  }

  message(chosen) {
    return { type: "select", image: null, code: null, position: null, source: "", near: null, timeStamp: performance.now(), ...chosen };
  }

  nothing() {
    return this.message({});
  }

  get chosen() {
    return this.group.state.selection;
  }

  chosenImage() {
    return this.chosen?.image ?? null;
  }

  // ---- The page

  build() {
    const { part, group } = this;
    for (const button of this.buttons("link")) {
      button.onclick = () => {
        group.set({ link: button.dataset.link });
        this.commits.selection(0);
      };
    }
    for (const button of this.buttons("overlay")) button.onclick = () => this.toggle(button.dataset.overlay);
    for (const button of this.buttons("window")) button.onclick = () => group.set({ window: button.dataset.window });
    part("reset").onclick = () => group.say({ type: "reset" }, this);
    part("clear").onclick = () => this.choose(null);
    const select = part("class");
    const own = element("option", { value: "" }, ["each image’s own"]);
    select.replaceChildren(own, ...this.classes.map((name, k) => element("option", { value: String(k) }, [name])));
    select.onchange = () => group.set({ condition: select.value === "" ? null : Number(select.value) });
    const [h, w] = this.shape;
    this.canvas = part("original");
    [this.canvas.width, this.canvas.height] = [w, h];
    showAt(this.canvas, w, h, wholeScale(h, w, IMAGE_ROOM));
    const about = { classes: this.classes, counts: classCounts(this), colours: classColours(this.classes.length) };
    this.legend = new Legend(part("legend"), about, this.readAddress().hidden, (chosen) => group.set({ hidden: chosen }));
  }

  /** @returns {NodeListOf<HTMLElement>} */
  buttons(kind) {
    return this.root.querySelectorAll(`[data-${kind}]`);
  }

  press(kind, isPressed) {
    for (const button of this.buttons(kind)) button.setAttribute("aria-pressed", String(isPressed(button.dataset[kind])));
  }

  toggle(name) {
    const { overlays } = this.group.state;
    const isOn = overlays.includes(name);
    this.group.set({ overlays: isOn ? overlays.filter((other) => other !== name) : [...overlays, name] });
  }

  /** The original of an image, and whose class it is; null for none. */
  show(image) {
    const { part, shape } = this;
    const own = image === null ? null : this.originals.image(image);
    const original = own ?? (image === null ? null : this.originals.preview(image));
    const state = image === null ? "" : this.originals.stateOf(image);
    const notice = originalsNotice(state, Boolean(original) && !own);
    const known = this.colours.wordsOf(image);
    if (this.shown === image && this.shownState === state + notice + known) return;
    [this.shown, this.shownState] = [image, state + notice + known];
    part("original").classList.toggle("is-empty", !original);
    if (original) paintPixels(this.canvas, imageToRgba(original, shape), shape[1], shape[0]);
    part("original-name").textContent = image === null ? "No image" : (this.classes[this.labels[image]] ?? "");
    part("original-index").textContent = image === null ? "Point at a dot, or click one to keep it." : `${this.about.split} image ${counted(image)}`;
    part("original-known").textContent = known;
    part("original-notice").textContent = notice;
    part("clear").hidden = !this.chosen;
  }

  originalsChanged(isOne) {
    this.group.set({ originals: this.originals, isOneOriginal: isOne });
    this.show(this.shown ?? null);
  }

  // ---- What the planes say

  hear(message) {
    if (message.type === "hover") this.show(message.image ?? this.chosenImage());
    if (message.type === "leave") this.show(this.chosenImage());
    if (message.type === "select") {
      this.show(message.image ?? message.near);
      this.part("clear").hidden = !this.chosen;
    }
    if (message.type !== "commit") return;
    if (message.delay === null) this.commits.cancelSelection();
    else this.commits.selection(message.delay);
  }

  stateChanged(changes) {
    const { link, window: opened, overlays, condition } = this.group.state;
    this.press("link", (name) => name === link);
    this.press("window", (name) => name === opened);
    this.press("overlay", (name) => overlays.includes(name));
    this.part("explained").textContent = EXPLAINED[link];
    this.part("holes-legend").hidden = !overlays.includes("holes");
    this.part("class").value = condition === null ? "" : String(condition);
    if ("hidden" in changes) this.colours.show();
    if ("colour" in changes) this.show(this.shown ?? null);
    if (!("originals" in changes)) this.commits.view();
  }

  membersChanged() {
    const isAnyConditional = [...this.group.members].some((member) => member.isConditional);
    this.part("condition").hidden = !isAnyConditional;
    this.colours.refresh();
  }

  /** Python asks for an image: followed unless it only repeats what was sent from here. */
  contributed() {
    this.colours.refresh();
    const asked = [...this.group.contributions.values()].map(({ image }) => image).find((image) => image !== undefined);
    if (asked === undefined || asked === this.asked) return;
    this.asked = asked;
    const at = this.echoes.lastIndexOf(asked);
    this.echoes = this.echoes.slice(at + 1);
    if (at < 0 && asked !== this.chosenImage() && asked !== null) this.choose(asked);
  }

  choose(image) {
    this.group.say(this.message({ image }), this);
    this.show(image);
    this.part("clear").hidden = !this.chosen;
    this.commits.selection(0);
  }

  // ---- What Python is told

  selectionValue() {
    const { chosen } = this;
    if (!chosen) return null;
    const { image, code, source } = chosen;
    const from = source && (code || this.group.state.link !== "image") ? { plane: source } : {};
    const value = image === null ? { code: code.map(rounded), ...from } : { index: image, ...from };
    return value;
  }

  viewValue() {
    return writeSharedLink({ ...this.group.state, colour: this.colours.asked }, this.about.first);
  }

  dispose() {
    this.abort?.abort();
    this.leave?.();
    this.commits?.dispose();
    this.originals?.dispose();
    if (this.group?.state.originals === this.originals) this.group.set({ originals: NO_ORIGINALS });
  }
}
