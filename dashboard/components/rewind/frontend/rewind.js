// The entry of the plane over the epochs of a training.
import { Rewind } from "./controller.js";
import { mounting } from "../../lib/streamlit/mount.js";

export default mounting(".rewind", (root, bytes, host) => new Rewind(root, bytes, host), "rewind");
