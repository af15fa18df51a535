// The entry of a group's conductor.
import { Conductor } from "./group_toolbar.js";
import { mounting } from "../../lib/streamlit/mount.js";

export default mounting(".conductor", (root, bytes, host) => new Conductor(root, bytes, host));
