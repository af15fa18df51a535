"""What a folder offers is listed once, and again when it has changed."""

import os

from aecore import registry


def test_a_file_that_is_added_is_found_and_one_that_is_removed_is_not(tmp_path):
    (tmp_path / "one.py").touch()
    os.utime(tmp_path, ns=(1, 1))
    assert registry.names([str(tmp_path)]) == ["one"]
    (tmp_path / "two.py").touch()
    (tmp_path / "_hidden.py").touch()
    assert registry.names([str(tmp_path)]) == ["one", "two"]
    (tmp_path / "one.py").unlink()
    os.utime(tmp_path, ns=(2, 2))
    assert registry.names([str(tmp_path)]) == ["two"]


def test_a_folder_that_has_not_changed_is_not_listed_again(tmp_path, monkeypatch):
    (tmp_path / "one.py").touch()
    assert registry.names([str(tmp_path)]) == ["one"]
    monkeypatch.setattr(registry.pkgutil, "iter_modules", None)
    assert registry.names([str(tmp_path)]) == ["one"]
