// The sheet of keys: opened by ?, closed by Esc, its button, or a press beside it.
import { ASKED } from "./request.js";
import { element, isTyping } from "../../lib/ui/dom.js";

const listening = new WeakMap();

export default function ({ parentElement, data }) {
  const dialog = parentElement.querySelector("dialog");
  const close = element("button", { type: "button", "aria-label": "Close" }, ["✕"]);
  close.onclick = () => dialog.close();
  const sections = data.sections.map(([title, rows]) =>
    element("section", {}, [
      element("h3", {}, [title]),
      element("dl", {}, rows.flatMap(([keys, meaning]) => [element("dt", {}, [keys]), element("dd", {}, [meaning])])),
    ]),
  );
  const head = element("div", { className: "head" }, [element("h2", { id: "keys-title" }, ["Keys"]), close]);
  dialog.replaceChildren(head, element("div", { className: "sections" }, sections));
  // A press on what lies behind: the dialog itself is all filled by its content.
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  // While it is open no key means anything to the page.
  dialog.onkeydown = (event) => event.stopPropagation();
  listening.get(parentElement)?.abort();
  const abort = new AbortController();
  listening.set(parentElement, abort);
  const open = () => dialog.open || dialog.showModal();
  const press = (event) => {
    if (event.key !== "?" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    event.preventDefault();
    open();
  };
  document.addEventListener("keydown", press, { signal: abort.signal });
  window.addEventListener(ASKED, open, { signal: abort.signal });
  return () => abort.abort();
}
