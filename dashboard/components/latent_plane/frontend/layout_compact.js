// A plane of a group: small, without tools of its own; the conductor of the group has them.
import { BARE_GUTTER, INNER_GUTTER } from "../../lib/scatter/axes.js";
import { CompactPanel } from "./readout.js";
import { HoverCard } from "../../lib/ui/card.js";
import { Sliders } from "../../lib/ui/sliders.js";
import { element } from "../../lib/ui/dom.js";
import { sliderRanges } from "./packed.js";

export const COMPACT = {
  gutter: (plane) => (plane.isProjection ? BARE_GUTTER : INNER_GUTTER),

  card: ({ part, shape }) => new HoverCard(part("card"), shape),

  firstState({ group }) {
    const { hidden, overlays, condition } = group.state;
    // What dots are coloured by is told as soon as the plane has joined.
    return { selection: null, view: null, axes: null, hidden: [...hidden], overlays, condition, colour: null };
  },

  /** Those of the group, whoever brings them and when. */
  originals: ({ group }) => ({
    get areOffered() {
      return group.state.originals.areOffered;
    },
    stateOf: (i) => group.state.originals.stateOf(i),
    image: (i) => group.state.originals.image(i),
    thumbnail: (i) => group.state.originals.thumbnail(i),
    preview: (i) => group.state.originals.preview(i),
    dispose: () => {},
  }),

  /** What is chosen here goes to Python by way of the conductor. */
  commits({ group }) {
    return {
      selection: (delay) => group.say({ type: "commit", delay }),
      cancelSelection: () => group.say({ type: "commit", delay: null }),
      view: () => {},
      dispose: () => {},
    };
  },

  furnish(plane) {
    const list = element("div");
    const axes = plane.part("axes");
    const ranges = plane.isProjection ? [] : sliderRanges(plane);
    return {
      panel: new CompactPanel(plane.part, plane),
      chooser: null,
      // Only the choice of axes is shown; a list of sliders per plane would bury the planes.
      sliders: new Sliders({ list, axes }, ranges.length > 2 ? ranges : [], plane.about.dead ?? [], plane.coordinates.axes, {
        onMove: () => {},
        onRelease: () => {},
        onAxes: (chosen) => plane.changeAxes(chosen),
      }),
    };
  },

  follows: true,
};
