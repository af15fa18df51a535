// A button that opens the sheet of keys.
import { ASKED } from "./request.js";

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.words;
  button.onclick = () => window.dispatchEvent(new Event(ASKED));
}
