// The entry of the plane over the epochs of a training.
import { Rewind } from "./session.js";
import { mounting } from "../../latent_plane/frontend/mounting.js";

export default mounting(".rewind", (root, bytes, host) => new Rewind(root, bytes, host), "rewind");
