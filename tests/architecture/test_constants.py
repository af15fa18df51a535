"""Constants: one that nothing reads is dead, and a test that patches it tests nothing."""

import ast
from functools import cache
from pathlib import Path

from aecore.latent import priors
from tests.conftest import ROOT, SLOW

FILES = [path for folder in ("aecore", "dashboard", "benchmarks") for path in (ROOT / folder).rglob("*.py")]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def constants(tree: ast.Module) -> set[str]:
    """The upper-case names that a module assigns at its top."""
    found = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(name, ast.Name) and name.id.isupper():
                    found.add(name.id)
    return found


def read(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The names that a module reads by themselves or imports, and those it reads of other modules."""
    own, others = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            own.add(node.id)
        elif isinstance(node, ast.Attribute):
            others.add(f"{node.value.id if isinstance(node.value, ast.Name) else ''}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module:
            others |= {f"{node.module.rpartition('.')[2]}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            others.add(f".{node.value}")  # read by its name: getattr, or a plug-in's syntax tree
    return own, others


def dead(trees: dict[Path, ast.Module]) -> list[str]:
    """The constants that are read neither where they stand nor from another module.

    An attribute of what is no module's name, such as a plug-in held in a variable, counts for all modules.
    """
    modules = {path: path.parent.name if path.stem == "__init__" else path.stem for path in trees}
    everywhere = {tuple(found.split(".", 1)) for tree in trees.values() for found in read(tree)[1]}
    by_module = {(owner, name) for owner, name in everywhere if owner in modules.values()}
    by_anything = {name for owner, name in everywhere - by_module}
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path, module in modules.items()
        for name in sorted(constants(trees[path]) - read(trees[path])[0] - by_anything)
        if (module, name) not in by_module
    ]


def test_every_constant_is_read():
    trees = {path: parsed(path) for path in FILES}
    assert dead(trees) == []


def test_the_name_of_the_standard_normal_is_spelt_in_one_place():
    spelt = [
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and node.value == priors.STANDARD_NORMAL
    ]
    assert spelt == ["aecore/latent/priors/__init__.py"]


def test_a_constant_that_only_has_a_twin_elsewhere_is_found():
    one, two = ROOT / "one.py", ROOT / "two.py"
    trees = {one: ast.parse("SMALL = 1"), two: ast.parse("SMALL = 2\nprint(SMALL)")}
    assert dead(trees) == ["one.py: SMALL"]


def imported(path: Path, tree: ast.Module) -> dict[str, Path]:
    """The modules of this repository that a file imports anywhere, by what it calls them."""
    found: dict[str, Path] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            folder = path.parents[node.level - 1] if node.level else ROOT
            folder = folder.joinpath(*(node.module or "").split("."))
            named = {alias.asname or alias.name: folder / alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            named = {a.asname: ROOT.joinpath(*a.name.split(".")) for a in node.names if a.asname}
        else:
            continue
        for name, place in named.items():
            if file := file_of(place):
                found[name] = file
    return found


def file_of(place: Path) -> Path | None:
    """The file of a module that would lie at a place; None where there is none."""
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()), None)


def patches(tree: ast.Module) -> list[tuple[str, str]]:
    """The constants that a test exchanges, of which module each: by `setattr`, or by assigning to it."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "setattr" and node.args:
            texts = [str(arg.value) for arg in node.args[:2] if isinstance(arg, ast.Constant)]
            is_dotted = isinstance(node.args[0], ast.Constant)
            owner, _, name = texts[0].rpartition(".") if texts else ("", "", "")
            if name.isupper():
                found.append((owner if is_dotted else ast.unparse(node.args[0]), name))
        elif isinstance(node, ast.Assign):
            found += [
                (ast.unparse(target.value), target.attr)
                for target in node.targets
                if isinstance(target, ast.Attribute) and target.attr.isupper()
            ]
    return found


def is_read_when_called(file: Path, name: str, trees: dict[Path, ast.Module]) -> bool:
    """Whether a function of its module reads a constant, or anything reads it through the module.

    A module that has its own copy, by `from … import NAME`, or a default, taken when a function is defined,
    is not altered by a patch.
    """
    stem = file.parent.name if file.stem == "__init__" else file.stem
    functions = [n for n in ast.walk(trees[file]) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    bodies = [part for n in functions for part in (n.body if isinstance(n.body, list) else [n.body])]
    return any(
        isinstance(node, ast.Name) and node.id == name for body in bodies for node in ast.walk(body)
    ) or any(
        isinstance(node, ast.Attribute) and node.attr == name and getattr(node.value, "id", "") == stem
        for tree in trees.values()
        for node in ast.walk(tree)
    )


def test_every_constant_that_a_test_exchanges_is_read_where_it_is_exchanged():
    trees = {path: parsed(path) for path in FILES}
    unread, known = [], 0
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = parsed(path)
        modules = imported(path, tree)
        for owner, name in patches(tree):
            first, *rest = owner.split(".")
            file = modules.get(first)
            for part in rest:
                file = imported(file, trees[file]).get(part) if file in trees else None
            file = file or file_of(ROOT.joinpath(first, *rest))
            if file in trees:
                known += 1
                if not is_read_when_called(file, name, trees):
                    unread.append(f"{path.relative_to(ROOT)}: {owner}.{name}")
    assert unread == []
    assert known > 40


def test_a_patched_constant_of_which_only_a_copy_or_a_default_is_read_is_found():
    one, two = ROOT / "one.py", ROOT / "two.py"
    trees = {
        one: ast.parse("MOST, LEAST = 1, 0\nKEPT = MOST\ndef f(least=LEAST): return KEPT"),
        two: ast.parse("import one\nfrom one import MOST\ndef g(): return MOST + one.LEAST"),
    }
    found = {name: is_read_when_called(one, name, trees) for name in ("MOST", "LEAST", "KEPT")}
    assert found == {"MOST": False, "LEAST": True, "KEPT": True}
    assert is_read_when_called(two, "MOST", trees)


def test_no_patch_of_a_test_may_name_what_is_not_there():
    """Of variables of the environment and entries of a dict it says: whether it is there or not."""
    lenient = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("setattr", "delattr")
        if any(keyword.arg == "raising" for keyword in node.keywords)
    ]
    assert lenient == []


def test_files_that_are_called_slow_are_there():
    """One that was moved would be run by `make quick` again."""
    assert [name for name in SLOW if not (ROOT / "tests" / name).is_file()] == []
