"""Variants of one's own: Python files that a setting or a command names, and nothing else brings in."""

import shutil
from pathlib import Path

import pytest

import aecore
from aecore import runs
from aecore.cli import train as command
from aecore.errors import BadValue, BadVariant, EncoderNeeded, UnknownName
from aecore.models import cards, own_variants, variants
from aecore.storage import archives
from aecore.storage.store import RunStore
from tests.conftest import ROOT, quick

SHIPPED = ROOT / "aecore" / "models" / "variants" / "ae.py"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with one variant, which no setting names yet."""
    (tmp_path / "own").mkdir()
    shutil.copy(SHIPPED, tmp_path / "own" / "my_ae.py")
    return tmp_path / "own"


@pytest.mark.parametrize("named", ["folder", "file", "both"])
def test_a_variant_of_ones_own_is_trained_and_listed_like_the_others(named, folder, monkeypatch, tmp_path):
    places = {"folder": str(folder), "file": str(folder / "my_ae.py")}
    monkeypatch.setenv("AECORE_VARIANTS", places.get(named, ":".join(places.values())))
    assert "my_ae" in variants.names()
    assert "my_ae" in cards.names()
    assert cards.card("my_ae").title == "Autoencoder"
    run = aecore.train("my_ae", "digits", store=RunStore(tmp_path / "runs"), **quick("ae"))
    assert run.config.variant == "my_ae"
    assert run.encode(aecore.load_images("digits", "test").pixels[:2]).shape == (2, 2)


def test_without_the_setting_there_is_none_of_it(folder):
    assert "my_ae" not in variants.names()
    with pytest.raises(UnknownName, match="no variant called 'my_ae'"):
        variants.configure("my_ae", "digits")


def test_a_run_of_it_opens_without_its_file_and_says_what_is_missing(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_VARIANTS", str(folder))
    store = RunStore(tmp_path / "runs")
    trained = aecore.train("my_ae", "digits", store=store, **quick("ae"))
    drawn = trained.decode([[0.5, -0.5]])
    monkeypatch.delenv("AECORE_VARIANTS")
    run = aecore.open_run("digits-my_ae-z2", store)
    assert not run.stored.has_encoder
    assert abs(run.decode([[0.5, -0.5]]) - drawn).max() < 1e-6
    with pytest.raises(EncoderNeeded):
        run.encode(aecore.load_images("digits", "test").pixels[:2])
    received = archives.import_archive(
        archives.export(run.stored), RunStore(tmp_path / "other"), check_model=runs.check_model
    )
    assert received.run.manifest["title"] == "my_ae"
    assert "my_ae" not in variants.names()


def test_a_command_names_the_file_itself(folder, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("AECORE_VARIANTS", "")
    command.train(str(folder / "my_ae.py"), "digits", epochs=1, rewind=False, store=tmp_path / "runs")
    assert "digits-my_ae-z2" in capsys.readouterr().out
    with pytest.raises(BadValue, match="a Python file that is there"):
        own_variants.add(folder / "none.py")


@pytest.mark.parametrize(
    ("name", "source", "match"),
    [
        ("vae", "", "there is a variant called vae already"),
        ("adopted", "", "there is a variant called adopted already"),
        ("My", "", "small letters"),
        ("mine", "1 / 0", "cannot be imported .ZeroDivisionError"),
        ("mine", "import sys; sys.exit(7)", "cannot be imported .SystemExit"),
        ("mine", "def", "cannot be imported .SyntaxError"),
        ("mine", "", "its TITLE"),
        ("mine", "TITLE = 'Mine'", "its Options"),
        (
            "mine",
            "import dataclasses\nTITLE = 'M'\nOptions = dataclasses.make_dataclass('O', [])",
            "its Variant",
        ),
    ],
)
def test_a_file_that_gives_no_variant_is_named_with_what_is_wrong(name, source, match, tmp_path, monkeypatch):
    path = tmp_path / f"{name}.py"
    path.write_text(source)
    monkeypatch.setenv("AECORE_VARIANTS", str(path))
    with pytest.raises(BadVariant, match=match):
        variants.module(name)


def test_a_setting_that_names_nothing_is_said(monkeypatch):
    monkeypatch.setenv("AECORE_VARIANTS", "/nowhere/at/all")
    with pytest.raises(BadValue, match="a folder, or a Python file"):
        variants.names()


def test_a_file_without_a_card_is_called_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("this is no Python")
    monkeypatch.setenv("AECORE_VARIANTS", str(tmp_path / "mine.py"))
    assert cards.title("mine") == "mine"
