"""The commands of data: what was read is said, and a dry run keeps nothing."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from aecore import datasets, runs
from aecore.cli.app import app
from aecore.errors import BadImport, BadValue, DatasetInUse, UnknownName
from aecore.jobs import estimate
from aecore.models import variants

RNG = np.random.default_rng(0)


@pytest.fixture
def file(tmp_path):
    pixels = RNG.integers(0, 256, (120, 12, 12), dtype=np.uint8)
    np.savez(tmp_path / "shapes.npz", images=pixels, labels=np.arange(120) % 2)
    return str(tmp_path / "shapes.npz")


SPLIT = {"train": slice(0, 40), "test": slice(40, None)}


def told(*words: str) -> str:
    result = CliRunner().invoke(app, ["data", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_what_was_read_is_said_and_kept(file):
    said = told("add", file, "--name", "shapes", "--title", "Shapes")
    assert "12 × 12 pixels, grey; 88 train, 12 validation, 20 test" in said
    assert "Read by the names images." in said
    (name,) = (name for name in datasets.names() if name.startswith("shapes_"))
    assert f"train vae {name}" in said
    assert "were here already" in told("add", file, "--name", "shapes")


def test_the_short_name_will_do_for_an_estimate(file):
    told("add", file, "--name", "shapes")
    assert CliRunner().invoke(app, ["estimate", "ae", "shapes"]).exit_code == 0


def test_a_dry_run_says_the_same_and_keeps_nothing(file):
    said = told("add", file, "--name", "shapes", "--dry-run")
    assert "88 train, 12 validation, 20 test" in said
    assert "Nothing was kept" in said
    assert "shapes" not in " ".join(datasets.names())


def test_how_long_a_training_takes_is_said_where_others_have_shown_it(file, monkeypatch):
    assert "quick training" not in told("add", file, "--name", "shapes", "--dry-run")
    asked = []
    monkeypatch.setattr(estimate, "quick", lambda *of: asked.append(of) or (150.0, 25, "MNIST"))
    said = " ".join(told("add", file, "--name", "shapes", "--dry-run").split())
    assert (
        "A quick training of a VAE, 25 epochs, takes about 2 min 30 s here, by how one on MNIST went." in said
    )
    assert asked == [((12, 12, 1), 88)]


def test_a_class_can_be_left_out_and_a_split_drawn_anew(file, tmp_path):
    told("add", file, "--name", "shapes", "--leave-out", "1", "--test-share", "0.4")
    assert datasets.record(datasets.find("shapes")).classes == ("0",)
    content = dict(np.load(file))
    parts = {f"{split}_{key}": content[key][rows] for key in content for split, rows in SPLIT.items()}
    np.savez(tmp_path / "given.npz", **parts)
    given = str(tmp_path / "given.npz")
    assert "40 train, 80 test" in told("add", given, "--name", "given", "--dry-run")
    drawn = told("add", given, "--name", "given", "--split", "drawn", "--dry-run")
    assert "88 train, 12 validation, 20 test" in drawn


def test_data_sets_are_listed_shown_and_removed(file):
    told("add", file, "--name", "shapes", "--size", "8", "--colour", "rgb")
    rows = {row["name"].partition("_")[0]: row for row in json.loads(told("list", "--json"))}
    assert rows["shapes"]["from"] == "you"
    assert rows["digits"]["from"] == "aecore"
    about = json.loads(told("show", "shapes", "--json"))
    assert about["image_shape"] == [8, 8, 3]
    assert about["counts"] == {"train": 88, "validation": 12, "test": 20}
    assert f"notes: {' '.join(about['notes'])}" in " ".join(told("show", "shapes").split())
    assert "Fashion-MNIST" in told("show", "fashion_mnist")
    assert "Removed shapes_" in told("remove", "shapes")
    assert "shapes" not in told("list")


def test_a_removed_data_set_is_listed_and_comes_back_by_its_token_or_its_name(file):
    told("add", file, "--name", "shapes")
    name = datasets.find("shapes")
    assert "Nothing was removed." in told("undelete")
    for word in ("shapes", name, None):
        token = told("remove", "shapes", "--yes").split()[-1]
        assert name not in datasets.names()
        assert token in told("undelete")
        assert [one["token"] for one in json.loads(told("undelete", "--json"))] == [token]
        assert f"{name} is back." in told("undelete", word or token)
        assert datasets.find("shapes") == name
    with pytest.raises(UnknownName, match="deleted data set"):
        told("undelete", "shapes")


def test_what_is_being_trained_on_is_not_removed(file):
    told("add", file, "--name", "shapes")

    def press(epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runs.train_config(variants.configure("ae", "shapes", epochs=3, hidden=[8]), on_epoch=press)
    with pytest.raises(DatasetInUse, match="is being trained on it"):
        told("remove", "shapes", "--yes")
    assert datasets.find("shapes") in datasets.names()


def test_a_file_that_is_none_is_named(tmp_path):
    with pytest.raises(BadImport, match="is not there"):
        told("add", str(tmp_path / "nothing.npz"), "--name", "a")


def test_a_data_set_is_renamed_and_exported_and_comes_back_the_same(file, tmp_path):
    told("add", file, "--name", "shapes")
    (name,) = (name for name in datasets.names() if name.startswith("shapes_"))
    assert "is called Many shapes." in told("rename", "shapes", "Many shapes")
    assert datasets.title(name) == "Many shapes"
    with pytest.raises(BadValue, match="a file that can be written"):
        told("export", "shapes", "-o", "")
    assert "Wrote" in told("export", "shapes", "-o", str(tmp_path / "out.npz"))
    assert "were here already" in told("add", str(tmp_path / "out.npz"), "--name", "shapes")
