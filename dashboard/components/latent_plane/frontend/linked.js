// The entry of a plane of a group.
import { COMPACT } from "./compact.js";
import { LatentPlane } from "./session.js";
import { mounting } from "./mounting.js";

export default mounting(".latent-plane", (root, bytes, host) => new LatentPlane(root, bytes, host, COMPACT));
