// The entry of a grid of images that Python brings: handed to the cards of its group.
import { mounting } from "../../lib/streamlit/mount.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";
import { groupNamed } from "../../lib/streamlit/bus.js";

class Grid {
  constructor(root, bytes) {
    this.bytes = bytes;
  }

  renew() {}

  start() {
    const { tensors, metadata } = parseSafetensors(this.bytes);
    const about = JSON.parse(metadata.grid);
    this.group = groupNamed(about.group);
    // A member, so that the group is not forgotten where the cards come later.
    this.leave = this.group.join(this);
    this.group.contribute(this, { marks: [], holes: {}, grid: { ...about, images: tensors.images.data } });
  }

  dispose() {
    this.group?.contribute(this, null);
    this.leave?.();
  }
}

export default mounting(".denoiser-grid", (root, bytes) => new Grid(root, bytes), "grid of filtered images");
