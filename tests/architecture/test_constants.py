"""Constants: one that nothing reads is dead, and a test that patches it tests nothing."""

import ast
from pathlib import Path

from aecore.latent import priors
from tests.conftest import ROOT, SLOW

FILES = [path for folder in ("aecore", "dashboard", "benchmarks") for path in (ROOT / folder).rglob("*.py")]


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
    trees = {path: ast.parse(path.read_text("utf-8")) for path in FILES}
    assert dead(trees) == []


def test_the_name_of_the_standard_normal_is_spelt_in_one_place():
    spelt = [
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value == priors.STANDARD_NORMAL
    ]
    assert spelt == ["aecore/latent/priors/__init__.py"]


def test_a_constant_that_only_has_a_twin_elsewhere_is_found():
    one, two = ROOT / "one.py", ROOT / "two.py"
    trees = {one: ast.parse("SMALL = 1"), two: ast.parse("SMALL = 2\nprint(SMALL)")}
    assert dead(trees) == ["one.py: SMALL"]


def test_files_that_are_called_slow_are_there():
    """One that was moved would be run by `make quick` again."""
    assert [name for name in SLOW if not (ROOT / "tests" / name).is_file()] == []
