// The entry of a plane by itself.
import { FULL } from "./full.js";
import { LatentPlane } from "./session.js";
import { mounting } from "./mounting.js";

export default mounting(".latent-plane", (root, bytes, host) => new LatentPlane(root, bytes, host, FULL));
