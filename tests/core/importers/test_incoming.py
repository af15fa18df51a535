"""What a browser sends is written under its names, which are seen to be names and nothing else."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecore.errors import BadImport
from aecore.importers import incoming, settings
from aecore.importers.incoming import Incoming, written


def test_one_file_is_that_file_and_several_are_their_folder(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    alone = written(tmp_path / "one", [Incoming("a.zip", b"1")])
    assert (alone.name, alone.read_bytes()) == ("a.zip", b"1")
    both = written(tmp_path / "two", [Incoming("mine/cats/1.png", b"1"), Incoming("mine/dogs/1.png", b"2")])
    assert {path.relative_to(both).as_posix(): path.read_bytes() for path in both.rglob("*.png")} == {
        "mine/cats/1.png": b"1",
        "mine/dogs/1.png": b"2",
    }


def test_one_file_in_a_folder_is_its_folder(tmp_path):
    assert written(tmp_path, [Incoming("mine/1.png", b"1")]).is_dir()


def test_two_files_of_one_name_both_come(tmp_path):
    folder = written(tmp_path, [Incoming("a.png", b"1"), Incoming("a.png", b"2")])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.png": b"1", "a (2).png": b"2"}


HOSTILE = [
    *("../a", "a/../../b", "/etc/passwd", "", "a//b", ".", "a/./b", "..\\a", "C:\\a", "a:b"),
    *("a\0b", "a\nb", "a" * 201, "\ud800", "a/" * 12 + "b", "a|b"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_none_is_refused(name, tmp_path):
    with pytest.raises(BadImport):
        written(tmp_path, [Incoming(name, b"x")])
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@given(st.lists(st.text(alphabet="ab./\\:\0 ~", max_size=12), min_size=1, max_size=4))
def test_whatever_a_name_is_nothing_is_written_elsewhere(tmp_path_factory, names):
    outer = tmp_path_factory.mktemp("outer")
    (outer / "inner").mkdir()
    with contextlib.suppress(BadImport):
        written(outer / "inner", [Incoming(name, b"x") for name in names])
    assert [path.name for path in outer.iterdir()] == ["inner"]


def test_a_name_that_is_a_file_and_a_folder_is_refused(tmp_path):
    with pytest.raises(BadImport, match="both a file and a folder"):
        written(tmp_path, [Incoming("a", b"x"), Incoming("a/b", b"x")])


def test_no_file_and_too_many_are_refused(tmp_path, monkeypatch):
    with pytest.raises(BadImport, match="no file came"):
        written(tmp_path, [])
    monkeypatch.setattr(incoming, "most_images", lambda: 1)
    (tmp_path / "many").mkdir()
    with pytest.raises(BadImport, match="more than 2 files"):
        written(tmp_path / "many", [Incoming(f"{k}.png", b"") for k in range(5)])
    assert settings.most_images() == 200_000
