// The entry of the grid.
import { SampleGrid } from "./grid.js";
import { mounting } from "../../lib/streamlit/mount.js";

export default mounting(".samples", (root, bytes) => new SampleGrid(root, bytes), "grid of samples");
