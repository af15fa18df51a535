// The entry of a plane by itself.
import { FULL } from "./layout_full.js";
import { LatentPlane } from "./plane_controller.js";
import { mounting } from "../../lib/streamlit/mount.js";
import { poolOf } from "../../lib/decoder/worker_pool.js";

poolOf(WORKER_SOURCE).warm();

export default mounting(".latent-plane", (root, bytes, host, about) => new LatentPlane(root, bytes, host, FULL, about));
