// The component's entry: the cards of all denoisers.
import { mounting } from "../../lib/streamlit/mount.js";
import { DenoiserCards } from "./session.js";

export default mounting(".denoisers", (root, bytes, host) => new DenoiserCards(root, bytes, host, WORKER_SOURCE), "denoisers");
