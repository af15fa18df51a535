// The entry of a decoder that Python brings: handed to the rewind of its name, through the page's register.
import { mounting } from "../../lib/streamlit/mount.js";
import { openSafetensors } from "../../lib/decoder/safetensors.js";
import { rewindGroup } from "./decoders.js";

class Bringer {
  constructor(root, bytes) {
    this.bytes = bytes;
  }

  renew() {}

  start() {
    const { epoch, name } = JSON.parse(openSafetensors(this.bytes).metadata.decoder);
    this.group = rewindGroup(name);
    // A member, so that the group is not forgotten where the rewind comes later.
    this.leave = this.group.join(this);
    this.group.contribute(this, { marks: [], holes: {}, decoder: { epoch, bytes: this.bytes } });
  }

  dispose() {
    this.group?.contribute(this, null);
    this.leave?.();
  }
}

export default mounting(".rewind-decoder", (root, bytes) => new Bringer(root, bytes), "decoder");
