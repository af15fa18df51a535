"""The test images that come with the product: official, said whose they are, and small enough."""

import pytest

from aecore import datasets
from aecore.datasets import _idx
from tests.conftest import ROOT, idx_files

IDX_SETS = [name for name in datasets.names() if idx_files(name)]


@pytest.mark.parametrize("name", IDX_SETS)
def test_the_official_test_images_are_there_without_any_folder_of_images(name, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "download", lambda *_: pytest.fail("it was downloaded"))
    assert datasets.is_present(name, "test", tmp_path)
    assert not datasets.is_present(name, "train", tmp_path)
    images = datasets.load_images(name, "test", tmp_path)  # which holds them to their SHA-256
    assert (images.pixels.shape, len(images.labels)) == ((10_000, 28, 28, 1), 10_000)


def test_what_is_shipped_says_where_it_is_from_and_under_which_licence():
    said = (_idx.SHIPPED / "SOURCES.md").read_text("utf-8")
    for words in ("CC BY-SA 3.0", "The MIT License", "yann.lecun.com", "zalandoresearch/fashion-mnist"):
        assert words in said
    for path in _idx.SHIPPED.rglob("*.gz"):
        assert f"`{path.parent.relative_to(_idx.SHIPPED).as_posix()}/t10k-*`" in said


def test_what_ships_takes_at_most_96_megabytes():
    folders = (_idx.SHIPPED, ROOT / "pretrained")
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) <= 96e6
