// The entry of what is laid over the planes of a group: marks, maps of holes, and the image that Python asks for.
import { groupNamed } from "../../lib/streamlit/bus.js";
import { mounting } from "../../lib/streamlit/mount.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";

class Contribution {
  constructor(root, bytes) {
    this.bytes = bytes;
  }

  renew() {}

  start() {
    const { tensors, metadata } = parseSafetensors(this.bytes);
    const { group, marks, holes, image, values, ways, words, whose, clusters_of: clustersOf } = JSON.parse(metadata.marks);
    this.group = groupNamed(group);
    // A member, so that the group is not forgotten while only this is left of it.
    this.leave = this.group.join(this);
    const part = ({ key, size, x, y }) => {
      return { size, x, y, cycleError: tensors[`${key}.cycle_error`].data, holes: tensors[`${key}.holes`].data };
    };
    const maps = Object.entries(holes).map(([plane, parts]) => [plane, parts.map(part)]);
    marks.forEach((mark, k) => (mark.image = tensors[`mark.${k}`]?.data ?? null));
    const brought = Object.fromEntries(values.map((name) => [name, tensors[`value.${name}`].data]));
    const asked = image === null ? undefined : image.index;
    this.group.contribute(this, { marks, ways, holes: Object.fromEntries(maps), values: brought, words, whose, clustersOf, image: asked });
  }

  dispose() {
    this.group?.contribute(this, null);
    this.leave?.();
  }
}

export default mounting(".plane-marks", (root, bytes) => new Contribution(root, bytes));
