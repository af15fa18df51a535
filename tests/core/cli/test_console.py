"""Every command on a console that is not UTF-8: nothing fails for a sign, and tables and JSON stay whole."""

import ast
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aecore import runs
from aecore.cli import app as command_line
from aecore.cli import console
from aecore.models import cards, variants
from aecore.storage import archives
from aecore.storage.store import RunStore
from tests.conftest import ROOT

NAME = "Größe − 日本 σ²"
RUN = "digits-vae-z2"
TINY = ["--epochs", "2", "-o", "hidden=[8]"]
COMMANDS = {
    "list": [],
    "train": ["ae", "digits", *TINY],
    "options": ["vae"],
    "show": [RUN],
    "evaluate": [RUN],
    "classify": [RUN, "--epochs", "1"],
    "coverage": [RUN],
    "holes": [RUN],
    "project": [RUN, "--method", "pca"],
    "estimate": ["ae", "digits", *TINY],
    "jobs": [],
    "cancel": ["PAUSED"],
    "rewind": ["OWN"],
    "page": [RUN, "-o", "plane.html"],
    "doctor": [],
    "export": [RUN],
    "import": ["FILE"],
    "adopt": ["CODES", "--name", "brought"],
    "label": [RUN, "--name", NAME],
    "delete": ["OWN"],
    "undelete": [],
}
HAVE_JSON = set(COMMANDS) - {
    "train",
    "options",
    "coverage",
    "cancel",
    "export",
    "import",
    "label",
    "delete",
    "page",
}


class Stream(io.TextIOWrapper):
    """A console or a file of an encoding, strict as Python opens it."""

    def __init__(self, encoding: str, is_terminal: bool) -> None:
        """Make an empty one."""
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n", write_through=True)
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.is_terminal

    @property
    def text(self) -> str:
        """What was written."""
        return self.buffer.getvalue().decode(self.encoding)


def press(epoch):
    raise KeyboardInterrupt


@pytest.fixture
def aecore(finished_store, tmp_path, monkeypatch):
    """Run a command against streams of an encoding, on a store with a named run, a paused and an own one."""
    store = RunStore(tmp_path / "shop")
    shutil.copytree(finished_store.root, store.root)
    store.annotate(store.open(RUN), NAME, NAME)
    config = variants.configure("ae", "digits", epochs=2, hidden=[8])
    own = runs.train_config(config, store).stored.run_id
    paused = variants.configure("ae", "digits", epochs=3, hidden=[8], seed=1)
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(paused, store, press)
    archive = archives.export_file(store.open(RUN), tmp_path)
    np.savez(tmp_path / "codes.npz", z=np.random.default_rng(0).normal(size=(40, 2)))
    names = {"OWN": own, "PAUSED": paused.run_id, "FILE": str(archive), "CODES": str(tmp_path / "codes.npz")}

    def run(command: str, encoding: str, is_terminal: bool, *more: str) -> tuple[int, str, str]:
        words = [names.get(word, word) for word in COMMANDS[command]]
        place = [] if command == "options" else ["--store", str(store.root)]
        streams = Stream(encoding, is_terminal), Stream(encoding, is_terminal)
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.setenv("TERM", "xterm")
            patch.setattr(sys, "excepthook", sys.excepthook)  # typer replaces it
            patch.setattr(sys, "argv", ["aecore", command, *words, *place, *more])
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            try:
                command_line.main()
                code = 0
            except SystemExit as stopped:
                code = stopped.code or 0
        return code, streams[0].text, streams[1].text

    return run


def test_encodings_are_tried_on_every_command_there_is():
    there = {command.name or command.callback.__name__ for command in command_line.app.registered_commands}
    assert there - {"dashboard"} == set(COMMANDS)  # which is Streamlit from there on


@pytest.mark.parametrize("is_terminal", [False, True], ids=["redirected", "terminal"])
@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
def test_every_command_ends_well_on_a_console_of_another_encoding(aecore, encoding, is_terminal):
    for command in COMMANDS:
        code, out, err = aecore(command, encoding, is_terminal)
        assert code == 0, (command, out, err)
        assert out + err, command


def test_json_is_ascii_and_parses(aecore):
    for command in HAVE_JSON:
        code, out, err = aecore(command, "utf-8", False, "--json")
        assert code == 0, (command, out, err)
        assert out.isascii(), command
        json.loads(out)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_a_redirected_table_has_every_row_on_one_line(aecore, encoding):
    _, out, _ = aecore("options", encoding, False)
    for field in dataclasses.fields(variants.module("vae").Options):
        (line,) = [line for line in out.splitlines() if line.strip().startswith(f"{field.name} ")]
        assert line.rstrip().endswith(field.metadata["help"])


def test_a_sign_that_is_missing_is_written_as_what_reads_alike(aecore):
    _, out, _ = aecore("show", "ascii", False)
    assert " -ELBO" in out
    _, out, _ = aecore("label", "cp1252", False)
    assert "Größe - ?? sigma²" in out


def test_numbers_that_are_none_are_null_in_json(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    console.print_json({"share": float("nan"), "more": [float("inf"), 1.5], "name": "−"})
    assert json.loads(stream.getvalue()) == {"share": None, "more": [None, 1.5], "name": "−"}
    assert stream.getvalue().isascii()


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii"])
def test_the_module_shows_a_run_and_its_help_from_a_shell_of_another_encoding(encoding):
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for words in (["show", "mnist-vae-z2"], ["--help"], ["train", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "aecore", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode(encoding)


HINT = re.compile(rf"(?<!python -m )\baecore (?:{'|'.join(map(re.escape, COMMANDS))})\b")


def texts(path: Path) -> Iterator[str]:
    """Every text of a file that may be printed: the docstring of a function or a module is for its reader."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    read = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and _is_documented(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in read:
            yield node.value


def _is_documented(node: ast.AST) -> bool:
    return bool(node.body) and ast.get_docstring(node) is not None


def test_every_hint_is_a_command_that_is_there_once_the_dashboard_runs():
    said = [
        text
        for folder in ("aecore", "dashboard")
        for path in (ROOT / folder).rglob("*.py")
        for text in texts(path)
    ]
    said += [card for name in cards.names() for card in map(str, [cards.card(name)])]
    assert len(said) > 1000
    assert [text for text in said if HINT.search(text)] == []
