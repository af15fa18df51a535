"""What is installed: the pinned file and the metadata of the wheel name the same packages and versions."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aecore.cli import dashboard
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DECLARED = {canonicalize_name(one.name): one for one in map(Requirement, PROJECT["dependencies"])}
OWN = {"aecore", "dashboard"}


def pinned(file: str) -> dict[str, str]:
    """The versions that a file pins, by name."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)(?: +#.*)?", line) for line in lines if line[:1].isalnum()]
    assert all(found)
    return {canonicalize_name(match[1]): match[2] for match in found}


def test_the_wheel_declares_what_is_pinned_and_the_other_way_round():
    assert set(DECLARED) == set(pinned("requirements.txt"))


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_the_pinned_version_is_one_that_the_wheel_allows(name):
    version = pinned("requirements.txt")[name]
    assert DECLARED[name].specifier.contains(version), f"{version} is not {DECLARED[name].specifier}"


def test_what_the_dashboard_command_asks_for_is_what_the_wheel_declares():
    assert str(DECLARED["streamlit"]) == dashboard.NEEDED


def imported() -> set[str]:
    """The packages of others that a file of the product imports, by the names they are installed under."""
    found = set()
    for path in [path for folder in sorted(OWN) for path in (ROOT / folder).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.partition(".")[0])
    homes = packages_distributions()
    others = found - OWN - set(sys.stdlib_module_names)
    return {canonicalize_name(homes[name][0]) if name in homes else name for name in others}


def test_whatever_is_imported_is_declared():
    extras = {
        canonicalize_name(Requirement(one).name)
        for many in PROJECT["optional-dependencies"].values()
        for one in many
    }
    assert imported() - set(DECLARED) - extras - {"umap"} == set()
    assert {"scipy", "pandas", "pyarrow", "pillow"} <= imported()
