// The entry of a group's conductor.
import { Conductor } from "./conductor.js";
import { mounting } from "./mounting.js";

export default mounting(".conductor", (root, bytes, host) => new Conductor(root, bytes, host));
