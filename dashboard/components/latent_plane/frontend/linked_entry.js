// The entry of a plane of a group.
import { COMPACT } from "./layout_compact.js";
import { LatentPlane } from "./plane_controller.js";
import { mounting } from "../../lib/streamlit/mount.js";
import { poolOf } from "../../lib/decoder/worker_pool.js";

poolOf(WORKER_SOURCE).warm();

export default mounting(".latent-plane", (root, bytes, host, about) => new LatentPlane(root, bytes, host, COMPACT, about));
