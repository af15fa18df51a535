"""A component's JavaScript modules as one string: an inline component cannot import relative files.

Modules may lie in several folders and share one another: `from "../../lib/ui/dom.js"`. A folder whose modules
are found by name, each with one export, is imported as its `all.js`, which is written here and lies nowhere.
"""

import hashlib
import os
import re
from pathlib import Path

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+\.js)";$', re.MULTILINE)
ALL = "all.js"
SCRIPT_PATH = "scripts"
ARE_SERVED: list[str] = []
"""Paths of the servers that answer for scripts; none before `dashboard.services.component_scripts.route`."""
SCRIPTS: dict[str, str] = {}
"""Bundles by the hash that their address ends with."""
STUB = """
const at = new URL("ADDRESS", document.baseURI).href;
let tries = 0, mounted;
const again = (ms) => new Promise((go) => setTimeout(go, ms)).then(() => import(`${at}?${++tries}`));
const ask = (first) =>
first.catch(() => again(500)).catch(() => again(2000)).then((it) => (mounted = it.default));
let asked = ask(import(at));
export default (component) => {
if (mounted) return mounted(component);
const root = component.parentElement, own = [...root.childNodes];
let gone, leave;
const mount = () => gone || (leave = mounted(component));
asked.then(mount, () => {
if (gone) return;
document.body.classList.add("no-still");
const said = "This part of the page did not come from the server.";
root.innerHTML = `<p role=alert>${said} <button>Try again</button></p>`;
root.querySelector("button").onclick = () => {
asked = asked.catch(() => ask(again(0)));
asked.then(() => gone || root.replaceChildren(...own) || mount(), () => 0);
};
});
return () => (gone = true, leave?.());
};
"""
"""Mounts as soon as the bundle is there, what is no longer wanted not at all.

What failed is asked for under another address: a browser may keep a failed import. It travels with every
page, so it is short.
"""
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


def bundle(entry: Path) -> str:
    """A module and all that it imports, each once, in order.

    Args:
        entry: the file whose default export is the component.

    Returns:
        JavaScript that begins with a newline: Streamlit takes a one-line string for a path.
    """
    modules: dict[Path, str] = {}

    def visit(file: Path) -> None:
        source = read(file)
        for imported in IMPORT.finditer(source):
            other = _resolved(file, imported[2])
            if other not in modules:
                visit(other)
        modules[file] = source

    visit(entry.resolve())
    names = {file: f"module_{number}_{file.stem}" for number, file in enumerate(modules)}
    *scoped, body = (_scoped(file, source, names) for file, source in modules.items())
    return "\n" + "\n".join([*scoped, body])


def imported(source: str) -> str:
    """A component's script that has the browser fetch its bundle, once for all pages and places.

    What Streamlit is given as a script travels again with every change of the component's data. Where the
    server does not answer for scripts, as that of a page of somebody else's, it travels as it is.

    Args:
        source: a bundle with a default export.

    Returns:
        JavaScript of half a kB, which mounts what it fetched; the bundle is in SCRIPTS from then on.
    """
    if not ARE_SERVED:
        return source
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    SCRIPTS[digest] = source
    return STUB.replace("ADDRESS", f"{SCRIPT_PATH}/{digest}")


def read(file: Path) -> str:
    """A module's source; that of a folder's `all.js` is written here.

    Args:
        file: where it lies, or would lie.

    Returns:
        JavaScript. An `all.js` exports ALL, what each module of its folder exports, by file name.
    """
    if file.name != ALL:
        return file.read_text("utf-8")
    modules = found(file.parent)
    imports = [
        f"import {{ {EXPORT.findall(path.read_text('utf-8'))[0]} as {path.stem} }} "
        f'from "./{Path(os.path.relpath(path, file.parent)).as_posix()}";'
        for path in modules
    ]
    return "\n".join([*imports, f"export const ALL = {{ {', '.join(path.stem for path in modules)} }};", ""])


def found(folder: Path) -> list[Path]:
    """The modules of a folder, in order of their names."""
    return sorted(path for path in folder.glob("*.js") if path.name != ALL)


def _resolved(file: Path, relative: str) -> Path:
    return Path(os.path.normpath(file.parent / relative))


def _scoped(file: Path, source: str, names: dict[Path, str]) -> str:
    # A scope per module: two modules may use one name without knowing of each other.
    body = IMPORT.sub(
        lambda m: f"const {{{m[1].replace(' as ', ': ')}}} = {names[_resolved(file, m[2])]};", source
    )
    if file == list(names)[-1]:
        return body
    exported = ", ".join(EXPORT.findall(body))
    return f"const {names[file]} = (() => {{\n{EXPORT.sub('', body)}\nreturn {{ {exported} }};\n}})();"
