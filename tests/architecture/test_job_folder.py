"""What a job's folder looks like is spelt once, in aecore/storage/job_folder.py: by syntax tree."""

import ast
import re
from pathlib import Path

import pytest

from aecore.storage.job_folder import FOLDER, JobFolder
from tests.conftest import ROOT

HOME = ROOT / "aecore" / "storage" / "job_folder.py"
FILES = [
    path for folder in ("aecore", "dashboard", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")
]
NAMES = [FOLDER] + [
    getattr(JobFolder(Path()), name).name
    for name, value in vars(JobFolder).items()
    if isinstance(value, property) and name not in ("root", "run_id")
]
PLAIN = [name for name in NAMES if "." not in name]
"""Words that mean something else elsewhere; in a path they are a job's."""
TELLING = re.compile("|".join(rf"(?<![\w.]){re.escape(name)}\b" for name in NAMES if "." in name))


def spelt(source: str) -> list[str]:
    """The names of a job's files in a source, but for those that a docstring explains."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp | ast.Call)
        for part in _of_path(node)
    }
    texts = [
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [
        node.value
        for node in texts
        if id(node) not in prose
        and (TELLING.search(node.value) or (id(node) in parts and node.value in PLAIN))
    ]


def _of_path(node: ast.BinOp | ast.Call) -> list[ast.expr]:
    """The parts of a path that an expression puts together."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right] if isinstance(node.op, ast.Div) else []
    is_path = getattr(node.func, "attr", getattr(node.func, "id", "")) in (
        "joinpath",
        "Path",
        "with_name",
        "join",
    )
    return node.args if is_path else []


def test_the_names_are_those_of_a_job_on_disk():
    """As they lie on the disks of people: another name would leave their trainings behind."""
    expected = "job.json control.json progress.json history.jsonl checkpoint.safetensors frames reserve"
    assert sorted(NAMES) == sorted([".training", *expected.split(), "worker.log", "worker.lock"])


def test_no_other_file_spells_a_name_of_a_jobs_folder():
    found = {path: spelt(path.read_text("utf-8")) for path in FILES}
    assert {path.relative_to(ROOT): names for path, names in found.items() if names and path != HOME} == {}
    assert found[HOME]


@pytest.mark.parametrize(
    "source",
    [
        'folder / "job.json"',
        'name = "worker.lock"',
        'root / ".training" / run_id',
        'folder / "frames"',
        'Path(folder, "reserve")',
        'f"{folder}/progress.json"',
        'what = "a training whose control.json cannot be read"',
    ],
)
def test_the_checker_sees_a_name_however_it_is_spelt(source):
    assert len(spelt(source)) == 1


@pytest.mark.parametrize(
    "source", ['about["frames"]', '"""Reads job.json."""', '"history.json"', '"x.training"']
)
def test_the_checker_lets_other_words_pass(source):
    assert spelt(source) == []
