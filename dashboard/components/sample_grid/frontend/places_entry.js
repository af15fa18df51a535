// The entry of the plane.
import { SamplePlane } from "./places.js";
import { mounting } from "../../lib/streamlit/mount.js";

export default mounting(".places", (root, bytes) => new SamplePlane(root, bytes), "plane of the samples");
