// A plane by itself: its state stands in the address, and it has a toolbar, a legend, sliders and a full panel.
import { GUTTER, INNER_GUTTER } from "../../lib/scatter/axes.js";
import { ClassChooser } from "./class_chooser.js";
import { Commits } from "./report_state.js";
import { Legend } from "../../lib/ui/legend.js";
import { listenToAddress } from "../../address/frontend/listening.js";
import { listenToToolbar } from "./controls.js";
import { Originals } from "./originals.js";
import { Panel } from "./panel.js";
import { Tools } from "./tools.js";
import { Sliders } from "../../lib/ui/sliders.js";
import { classCounts, sliderRanges } from "./packed.js";
import { readLink } from "./url_state.js";

// CSS px, as in plane.css: the plane has the whole width, and its numbers stand within it.
const NARROW = 720;

export const FULL = {
  /** With a track right below it, its numbers stand within it too. */
  gutter: ({ root }) => (root.clientWidth <= NARROW || getComputedStyle(root).getPropertyValue("--track") ? INNER_GUTTER : GUTTER),

  /** What is known of a code stands in the panel, always in the same place. */
  card: ({ panel }) => ({ show: (about) => panel.showHovered(about), hide: () => panel.endHover() }),

  firstState({ about, labels, latentDim, classes }) {
    return readLink(window.location.search, about.url, { count: labels.length, latentDim, classes, colours: about.colours });
  },

  originals: (plane) => new Originals(plane.about.originals, plane.labels.length, plane.shape, (isOne) => plane.originalsChanged(isOne)),

  commits(plane) {
    return new Commits(plane.host, { selection: () => plane.selection.valueWithClass(), view: () => plane.viewValue() });
  },

  /** What stands around the plane. */
  furnish(plane) {
    const { part, classes, colours } = plane;
    const about = { classes, counts: classCounts(plane), colours };
    const legend = new Legend(part("legend"), about, plane.visibility.hidden, (hidden) => hideClasses(plane, hidden));
    plane.colouring.furnish(part("colouring"));
    listenToToolbar(plane);
    // Once dots are drawn, the still picture of them, which the page began with, goes (services/still.py).
    afterFrames(2, () => document.body.classList.add("no-still"));
    const follow = (isPerson) => {
      // Another run's address: this plane is about to be replaced.
      const run = new URLSearchParams(window.location.search).get(plane.about.url.run ?? "");
      if (run !== null && run !== plane.about.name) return;
      // What the person does meanwhile counts, unless it was going back.
      if (isPerson || plane.commits.isSettled) plane.follow(FULL.firstState(plane));
    };
    listenToAddress(follow, plane.abort.signal);
    const calls = { onChoose: (k, timeStamp) => plane.inference.chooseClass(k, timeStamp), onKeep: (isKept) => plane.inference.keepClass(isKept) };
    return {
      legend,
      tools: new Tools(plane),
      panel: new Panel(part, plane.about, {
        onUnpin: () => plane.selection.clear(),
        selection: () => plane.selection.value(),
      }),
      chooser: plane.conditions && new ClassChooser(part, plane, plane.inference.client, calls),
      sliders: new Sliders({ list: part("sliders"), axes: part("axes") }, sliderRanges(plane), plane.about.dead ?? [], plane.coordinates.axes, {
        weights: plane.about.weights,
        isKl: plane.about.is_kl,
        onMove: (dim, value, timeStamp) => plane.selection.moveSlider(dim, value, timeStamp),
        onRelease: () => plane.commits.selection(0),
        onAxes: (axes) => plane.changeAxes(axes),
      }),
    };
  },

  follows: false,
};

/** Hides classes by the legend, and lets that be taken back. */
function hideClasses(plane, hidden) {
  const before = plane.visibility.hidden;
  plane.visibility.hideClasses(hidden);
  const names = hidden.filter((k) => !before.includes(k)).map((k) => plane.classes[k]);
  const words = names.length === 1 ? `${names[0]} is hidden.` : names.length ? `${names.length} classes are hidden.` : "Classes are shown again.";
  plane.tools.undo.note(words, () => {
    plane.visibility.hideClasses(before);
    plane.legend.show(before);
  });
}

function afterFrames(count, act) {
  if (count) requestAnimationFrame(() => afterFrames(count - 1, act));
  else act();
}
