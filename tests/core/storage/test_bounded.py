"""Bounded reading: a pipe keeps nobody waiting, a file with a hole in it fills no memory."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aecore import jobs
from aecore.errors import AecoreError, RunDamaged, StoreNotReadable
from aecore.maintenance import doctor, findings
from aecore.models import variants
from aecore.storage import annotations, bounded, cache, manifests, ownership, snapshots
from aecore.storage.store import RunStore
from aecore.training import checkpoints

NO_FILE = "it is no regular file"


def test_a_file_of_as_many_bytes_as_are_allowed_is_read_and_not_one_more(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert bounded.read(path, 5) == b"12345"
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        bounded.read(path, 4)


def test_a_file_with_a_hole_is_refused_before_it_is_in_memory(tmp_path):
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(OSError, match="it has more than 1,000 bytes"):
        bounded.read(path, 1000)


def test_what_is_not_there_is_what_the_disk_says(tmp_path):
    with pytest.raises(FileNotFoundError):
        bounded.read(tmp_path / "none", 1)
    with pytest.raises(FileNotFoundError):
        bounded.check_regular(tmp_path / "none")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OSError, match=r"directory|regular|denied"):
        bounded.read(tmp_path, 1)
    with pytest.raises(OSError, match=NO_FILE):
        bounded.check_regular(tmp_path)


def refusal(read, *arguments) -> str:
    """What a reader raises."""
    with pytest.raises((OSError, RunDamaged)) as caught:
        read(*arguments)
    return str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
@pytest.mark.parametrize(
    ("name", "read", "expected"),
    [
        (annotations.FILE, lambda path: annotations.read(path.parent).name, ""),
        (f"{ownership.FOLDER}/run", lambda path: ownership.owner_of(path.parents[1], "run"), ""),
        ("checkpoint", checkpoints.read, None),
        ("result", findings.opens, False),
        (manifests.MANIFEST, lambda path: refusal(manifests.read, path.parent, "run"), NO_FILE),
        ("frames/000001.safetensors", lambda path: refusal(snapshots.read_frame, path), NO_FILE),
        ("file", lambda path: refusal(bounded.read, path, 1), NO_FILE),
    ],
)
def test_a_pipe_in_a_files_place_keeps_no_reader_waiting(tmp_path, name, read, expected):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    found = in_time(lambda: read(path))
    assert found == expected or (expected == NO_FILE and NO_FILE in found)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_pipe_in_the_place_of_a_derived_result_is_as_if_none_were_kept(tmp_path):
    store = RunStore(tmp_path)
    kept = cache.write("digits", "holes", {}, {"map": np.zeros(3)}, store)
    kept.unlink()
    os.mkfifo(kept)
    assert in_time(lambda: cache.read("digits", "holes", {}, store)) is None


def in_time(look: Callable[[], Any]) -> Any:
    """What a look gives; it fails where the look does not end."""
    found = []
    thread = threading.Thread(target=lambda: found.append(look()), daemon=True)
    thread.start()
    thread.join(30)
    assert found, "it waits"
    return found[0]


def test_a_folder_that_cannot_be_looked_into_is_said_not_taken_for_an_empty_one(tmp_path, monkeypatch):
    store, scandir = RunStore(tmp_path / "runs"), os.scandir
    store.root.mkdir()

    def refused(path):
        if Path(path) == store.root:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    config = variants.configure("ae", "digits")
    looks = (store.listing, store.deleted, store.purge, lambda: store.find(config), lambda: store.open("x"))
    for look in (*looks, lambda: doctor.examine(store)):
        with pytest.raises(StoreNotReadable, match="Runs cannot be read from "):
            look()


@pytest.mark.parametrize("path", ["a" * 300, "~no-such-user/runs"])
def test_a_folder_of_runs_that_there_cannot_be_is_said(tmp_path, monkeypatch, path):
    monkeypatch.setenv("AECORE_RUNS", path if path.startswith("~") else str(tmp_path / path))
    for look in (lambda: RunStore().listing(), jobs.listing, doctor.examine):
        with pytest.raises(AecoreError, match="AECORE_RUNS"):
            look()
