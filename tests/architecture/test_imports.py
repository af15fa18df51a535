"""Who may import whom: direct imports by syntax tree, indirect ones in a fresh interpreter.

The layers are read from the docstring of `aecore`, so that the map people read is the one that holds.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import aecore

ROOT = Path(aecore.__file__).resolve().parent.parent


def table(docstring: str, head: str) -> dict[str, str]:
    """What the map in a docstring says of its parts: the head of the line by the part's dotted name."""
    found = {}
    for said, names in re.findall(rf"^ +({head})  ([\w., ]+?)(?:  |$)", docstring, re.MULTILINE):
        found |= dict.fromkeys(names.split(", "), said)
    return found


LAYERS = {part: int(said[1:]) for part, said in table(aecore.__doc__, r"L\d+").items()}
TORCH = table(aecore.__doc__, "torch|light")
STORAGE = LAYERS["storage"]
"""Up to here nothing imports torch, not even inside a function."""


@dataclass(frozen=True)
class Import:
    """One import: the full name of what is imported, and the function it stands in, if any."""

    name: str
    function: str = ""


def imports(source: str, module: str, is_package: bool = False) -> Iterator[Import]:
    """Everything that a file imports, wherever in the file it does so.

    Counts `import a.b`, `from a import b` (as a.b), relative forms, `import_module("a.b")`, and
    `aecore.name` for a name that the package loads on first use.
    """
    package = module if is_package else module.rpartition(".")[0]

    def visit(node: ast.AST, function: str) -> Iterator[Import]:
        match node:
            case ast.If(ast.Name("TYPE_CHECKING")):
                function = "TYPE_CHECKING"  # never run
            case ast.Import(names):
                yield from (Import(alias.name, function) for alias in names)
            case ast.ImportFrom(target, names, level):
                above = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                base = ".".join([*above, *([target] if target else [])])
                yield from (Import(f"{base}.{alias.name}", function) for alias in names)
            case ast.Call(ast.Name("import_module" | "__import__") | ast.Attribute(attr="import_module")):
                if node.args and isinstance(node.args[0], ast.Constant):
                    yield Import(node.args[0].value, function)
            case ast.Attribute(ast.Name("aecore"), name):
                yield Import(f"aecore.{name}", function)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                function = name
        for child in ast.iter_child_nodes(node):
            yield from visit(child, function)

    for found in visit(ast.parse(source), ""):
        first, _, rest = found.name.partition(".")
        home = aecore._HOMES.get(rest) if first == "aecore" else None
        yield Import(home, found.function) if home else found


def part(module: str, parts: Collection[str] = LAYERS) -> str:
    """The part of aecore, the longest that is named, that a module belongs to; empty for none."""
    names = module.split(".")
    inside = names[1:] if names[0] == "aecore" else []
    heads = (".".join(inside[:length]) for length in range(len(inside), 0, -1))
    return next((head for head in heads if head in parts), "")


def is_below(name: str, roots: set[str]) -> bool:
    """Whether an imported name is one of some packages or lies inside one."""
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def upward(source: str, module: str, is_package: bool = False) -> list[str]:
    """Imports of a higher layer of aecore than the file's own."""
    own = LAYERS[part(module)]
    return [i.name for i in imports(source, module, is_package) if LAYERS.get(part(i.name), -1) > own]


def banned(source: str, module: str, roots: set[str], is_package: bool = False) -> list[Import]:
    """Imports of certain packages or of anything inside them."""
    return [found for found in imports(source, module, is_package) if is_below(found.name, roots)]


def loads_torch(name: str) -> bool:
    """Whether importing a name loads torch: torch itself, or a part of aecore that computes."""
    is_variant = (
        name.startswith("aecore.models.variants.") and (ROOT / f"{name.replace('.', '/')}.py").exists()
    )
    is_package = name in ("aecore.models", "aecore.training")  # the folder itself is light
    is_heavy = TORCH.get(part(name, TORCH)) == "torch" and not is_package
    return is_below(name, {"torch", "torchvision"}) or is_heavy or is_variant


def session_names(source: str) -> list[str]:
    """Uses of Streamlit's session state or query parameters."""
    wanted = {"session_state", "query_params"}
    nodes = list(ast.walk(ast.parse(source)))
    attributes = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    imported = [alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names]
    return [name for name in attributes + imported if name in wanted]


def files(folder: str) -> list[Path]:
    """The Python files of a folder of the repository, in order."""
    return sorted((ROOT / folder).rglob("*.py"))


def each(folder: str) -> Callable[[Callable[[Path], list]], Callable[[], None]]:
    """A test of a rule over every Python file of a folder: the rule gives what breaks it."""

    def over(rule: Callable[[Path], list]) -> Callable[[], None]:
        def test() -> None:
            broken = {str(path.relative_to(ROOT)): rule(path) for path in files(folder)}
            assert {path: found for path, found in broken.items() if found} == {}
            assert len(broken) > 1

        test.__name__ = rule.__name__
        return test

    return over


def read(path: Path) -> tuple[str, str, bool]:
    """A file's source, its module name, and whether it is a package."""
    names = path.relative_to(ROOT).with_suffix("").parts
    is_package = names[-1] == "__init__"
    return path.read_text("utf-8"), ".".join(names[:-1] if is_package else names), is_package


def test_the_map_in_the_docstring_names_every_part_of_aecore():
    parts = {path.stem for path in (ROOT / "aecore").iterdir() if path.suffix == ".py"}
    packages = {path.parent.name for path in (ROOT / "aecore").glob("*/__init__.py")}
    named = {name for name in LAYERS if "." not in name}
    assert (parts | packages) - {"__init__"} == named
    for name in LAYERS | TORCH:
        assert list((ROOT / "aecore").glob(f"{name.replace('.', '/')}*")), name


@each("aecore")
def test_a_lower_layer_never_imports_a_higher_one(path):
    source, module, is_package = read(path)
    is_named = part(module) in LAYERS  # what the map does not name is held by the test above
    return upward(source, module, is_package) if is_named else []


@each("aecore")
def test_the_core_knows_no_user_interface(path):
    source, module, is_package = read(path)
    return banned(source, module, {"streamlit", "plotly", "dashboard"}, is_package)


@each("aecore")
def test_what_the_map_calls_light_imports_what_computes_only_inside_a_function(path):
    source, module, is_package = read(path)
    found = [] if loads_torch(module) else imports(source, module, is_package)
    return [i for i in found if loads_torch(i.name) and not i.function]


@each("aecore")
def test_up_to_storage_nothing_imports_torch_save_where_torchvision_is_repaired(path):
    source, module, is_package = read(path)
    is_light = LAYERS.get(part(module), STORAGE + 1) <= STORAGE
    found = [i for i in imports(source, module, is_package) if loads_torch(i.name)] if is_light else []
    return [i for i in found if (module, i.function) != ("aecore.datasets._idx", "import_torchvision")]


def test_the_one_exception_is_still_needed():
    source, module, _ = read(ROOT / "aecore" / "datasets" / "_idx.py")
    assert {i.function for i in banned(source, module, {"torch"})} == {"import_torchvision"}


@each("aecore/models/variants")
def test_variants_never_import_one_another(path):
    source, module, is_package = read(path)
    others = {read(other)[1] for other in files("aecore/models/variants") if not other.name.startswith("_")}
    return banned(source, module, others - {module}, is_package)


@each("dashboard/figures")
def test_figures_import_neither_streamlit_nor_torch(path):
    source, module, is_package = read(path)
    found = imports(source, module, is_package)
    return [i for i in found if is_below(i.name, {"streamlit"}) or loads_torch(i.name)]


@each("dashboard/app_pages")
def test_a_page_never_imports_another_page(path):
    source, module, is_package = read(path)
    return banned(source, module, {"dashboard.app_pages", "app_pages"}, is_package)


@each("dashboard")
def test_only_the_engine_may_import_torch_or_what_computes(path):
    source, module, is_package = read(path)
    is_engine = module == "dashboard.services.engine"
    return [i for i in imports(source, module, is_package) if loads_torch(i.name) and not is_engine]


@each("dashboard")
def test_the_engine_loads_torch_only_inside_its_functions(path):
    source, module, is_package = read(path)
    found = imports(source, module, is_package)
    return [i for i in found if loads_torch(i.name) and not i.function]


@each("dashboard")
def test_only_the_state_folder_names_session_keys_and_url_parameters(path):
    return [] if path.parent == ROOT / "dashboard" / "state" else session_names(path.read_text("utf-8"))


@each("benchmarks")
def test_benchmarks_import_nothing_from_the_tests(path):
    source, module, is_package = read(path)
    return banned(source, module, {"tests"}, is_package)


@each("docs")
def test_what_writes_the_documents_imports_nothing_from_the_tests(path):
    source, module, is_package = read(path)
    return banned(source, module, {"tests"}, is_package)


# The checker itself


@pytest.mark.parametrize(
    "snippet",
    [
        "import aecore.runs",
        "from aecore import runs",
        "from aecore import open_run",
        "from aecore.runs import train",
        "from .. import runs",
        "from ..runs import train",
        "def late():\n    from aecore import runs",
        "async def late():\n    if True:\n        import aecore.runs as r",
        "import aecore\naecore.train('ae', 'digits')",
        "from importlib import import_module\nimport_module('aecore.runs')",
    ],
)
def test_the_checker_sees_an_import_upwards_in_any_form(snippet):
    assert [name.split(".")[1] for name in upward(snippet, "aecore.datasets.bad")] == ["runs"]


def test_the_checker_lets_an_import_downwards_pass():
    assert upward("from aecore.errors import BadValue\nimport numpy", "aecore.datasets.good") == []


def test_the_checker_names_the_function_around_an_import():
    assert banned("def late():\n    import torch.nn", "aecore.storage.store", {"torch"}) == [
        Import("torch.nn", "late")
    ]


def test_the_checker_does_not_mistake_a_longer_name():
    assert banned("import torchmetrics", "aecore.storage.store", {"torch"}) == []


def test_the_checker_reads_relative_imports_in_a_package():
    found = [i.name for i in imports("from .vae import Variant", "aecore.models.variants", is_package=True)]
    assert found == ["aecore.models.variants.vae.Variant"]


@pytest.mark.parametrize(
    "snippet",
    [
        "import torch",
        "from aecore import runs",
        "from aecore import train",
        "from aecore.evaluation.evaluation import encode",
        "from aecore.models.variants import vae",
        "def f():\n    import torchvision",
    ],
)
def test_the_checker_knows_what_loads_torch(snippet):
    assert any(loads_torch(i.name) for i in imports(snippet, "dashboard.services.cached_reads"))


def test_the_checker_knows_what_does_not_load_torch():
    found = imports(
        "from aecore.models import variants\nfrom aecore.storage.store import RunStore",
        "dashboard.services.cached_reads",
    )
    assert not any(loads_torch(i.name) for i in found)


@pytest.mark.parametrize(
    "snippet",
    ["st.session_state['a'] = 1", "st.query_params.get('a')", "from streamlit import session_state"],
)
def test_the_checker_sees_session_state_and_query_parameters(snippet):
    assert len(session_names(snippet)) == 1


# A fresh interpreter


def fresh(code: str, folder: Path) -> str:
    """What a new interpreter prints, with the user's folders moved into a temporary one."""
    home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    environment = {**os.environ, **home, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded(module: str, folder: Path) -> set[str]:
    """Top-level packages in memory after one import in a new interpreter."""
    code = f"import {module}, sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    return set(fresh(code, folder).split())


@pytest.mark.parametrize(
    "module",
    [
        "aecore.storage.store",
        "aecore.metrics.coverage",
        "aecore.metrics.denoising",
        "aecore.corruptions.gaussian",
        "aecore.latent.priors.swiss_roll",
        "aecore.analysis.projection",
        "aecore.models.cards",
        "aecore.datasets.mnist",
        "aecore.models.variants",
        "aecore.__main__",
        "dashboard.services.cached_reads",
        "dashboard.figures.loss_curves",
    ],
)
def test_what_only_reads_starts_without_torch(module, tmp_path):
    assert "torch" not in loaded(module, tmp_path)


def test_importing_the_package_loads_neither_torch_nor_numpy_nor_scikit_learn(tmp_path):
    assert loaded("aecore", tmp_path) & {"torch", "numpy", "sklearn", "streamlit"} == set()


def test_every_public_name_leads_to_something():
    assert all(getattr(aecore, name) is not None for name in aecore.__all__)


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'aecore' has no attribute 'nothing'"):
        aecore.nothing  # noqa: B018


EVERYTHING = "import " + ", ".join(read(path)[1] for path in files("aecore"))


def test_importing_everything_writes_no_file_and_opens_no_connection(tmp_path):
    code = f"""
import sys, numpy, torch, safetensors.numpy, filelock, platformdirs, typer, rich.progress
events = []
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event in ("os.mkdir", "os.rename", "os.remove", "socket.connect"):
        events.append((event, str(arguments[0])))
sys.addaudithook(watch)
{EVERYTHING}
print(events)
"""
    home = tmp_path / "home"  # what an earlier test left running may write beside it
    home.mkdir()
    assert fresh(code, home) == "[]"
    assert list(home.iterdir()) == []


def test_importing_everything_leaves_random_state_threads_and_logging_alone(tmp_path):
    code = f"""
import logging, locale, numpy, torch
def state():
    return (torch.get_rng_state().tolist(), str(numpy.random.get_state()), torch.get_num_threads(),
            torch.get_default_dtype(), list(logging.root.handlers), locale.setlocale(locale.LC_ALL))
before = state()
{EVERYTHING}
print(state() == before)
"""
    assert fresh(code, tmp_path) == "True"
