// The entry of a network or a grid of images that Python brings: handed to the cards of its group.
import { mounting } from "../../lib/streamlit/mount.js";
import { openSafetensors } from "../../lib/decoder/safetensors.js";
import { groupNamed } from "../../lib/streamlit/bus.js";

class Part {
  constructor(root, bytes) {
    this.bytes = bytes;
  }

  renew() {}

  start() {
    const { network, grid } = openSafetensors(this.bytes).metadata;
    const about = JSON.parse(network ?? grid);
    this.group = groupNamed(about.group);
    // A member, so that the group is not forgotten where the cards come later.
    this.leave = this.group.join(this);
    const part = { about, bytes: this.bytes, isNetwork: Boolean(network) };
    this.group.contribute(this, { marks: [], holes: {}, part });
  }

  dispose() {
    this.group?.contribute(this, null);
    this.leave?.();
  }
}

export default mounting(".denoiser-part", (root, bytes) => new Part(root, bytes), "denoiser");
