// The component's entry: one track for each place on the page, kept while it is of the same run.
import { Track } from "./track.js";

const instances = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  const root = parentElement.querySelector(".epoch-track");
  let track = instances.get(parentElement);
  if (track && (track.root !== root || !track.isOf(data))) {
    track.dispose();
    track = null;
  }
  if (!track) {
    track = new Track(root, data);
    instances.set(parentElement, track);
  }
  track.host = component;
  track.hear(data.at);
  return () => {
    if (instances.get(parentElement) !== track) return;
    track.dispose();
    instances.delete(parentElement);
  };
}
