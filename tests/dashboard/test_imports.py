"""What visitors bring lies in a private folder, is read in the background, and goes when it is not kept."""

import functools
import gc
import io
import os
import stat
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import filelock
import numpy as np
import pytest
from PIL import Image

from aecore import importers
from aecore.errors import BadImport, ReadOnly
from aecore.importers import preview
from aecore.importers.formats import arrays
from aecore.importers.incoming import Incoming
from aecore.importers.settings import Settings
from dashboard.services import engine, imports
from dashboard.services.background import Job
from dashboard.services.imports import Intakes
from dashboard.services.intake import Found, Intake

RNG = np.random.default_rng(0)


def png() -> bytes:
    with tempfile.SpooledTemporaryFile() as file:
        Image.fromarray(RNG.integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(file, "PNG")
        file.seek(0)
        return file.read()


FILES = [Incoming(f"mine/{'ab'[k % 2]}/{k:03}.png", png()) for k in range(120)]


@pytest.fixture
def here() -> set[str]:
    """Sessions that have a browser at their other end."""
    return {"tab"}


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: set[str]) -> Iterator[Intakes]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(engine, "guess_quick", lambda shape, images: (12.0, 4, "MNIST"))
    found = Intakes(lambda session: session in here)
    yield found
    found.end()


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def read(intake: Intake) -> Found:
    until(lambda: intake.job.is_over)
    assert intake.found, intake.job.error
    return intake.found


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_is_brought_is_read_and_lies_where_nobody_else_reads(register):
    intake = register.take("anna", "mine", FILES, "tab")
    assert register.of("anna") is intake
    assert register.of("bert") is None
    found = read(intake)
    assert sum(found.images.review("mine").counts.values()) == 120
    assert [(sheet.title, sum(sheet.counts.values())) for sheet in found.sheets] == [("a", 60), ("b", 60)]
    assert found.quick == (12.0, 4, "MNIST")
    assert intake.has_folders
    assert intake.sides == (12, 12)
    assert stat.S_IMODE(register.folder.stat().st_mode) == 0o700


def test_pixels_that_were_read_take_no_memory_and_are_kept_as_they_are(register):
    found = read(register.take("anna", "mine", FILES))
    assert all(isinstance(images.pixels, np.memmap) for images in found.images.parts.values())
    review = importers.kept(found.images, "mine")
    again = importers.add_folder(register.of("anna").path, name="mine", is_dry=True)
    assert (again.name, again.is_new) == (review.name, False)


def test_the_preview_is_there_once_all_is_read_and_follows_the_settings(register):
    intake = register.take("anna", "mine", FILES)
    read(intake)
    assert intake.preview().shape == (12, 12, 12, 3)
    intake.read(Settings(size=16, colour="grey"), register.jobs)
    found = read(intake)
    assert intake.preview().shape == (12, 16, 16, 1)
    assert found.images.parts["train"].pixels.shape[1:] == (16, 16, 1)


def test_classes_that_were_seen_stay_there_to_choose_from(register):
    intake = register.take("anna", "mine", FILES)
    read(intake)
    intake.read(Settings(left_out=("a",), test_share=0.5), register.jobs)
    assert read(intake).images.parts["train"].classes == ("b",)
    assert intake.classes == {None: ("a", "b")}
    assert intake.preview().shape == (12, 12, 12, 3)


def test_the_preview_shows_no_picture_of_a_class_that_is_left_out(register):
    intake = register.take("anna", "mine", FILES)
    read(intake)
    assert intake.preview().shape == (12, 12, 12, 3)
    intake.read(Settings(left_out=("a",), test_share=0.5), register.jobs)
    kept = {image.tobytes() for image in read(intake).images.parts["train"].pixels}
    shown = {image.tobytes() for image in intake.preview()}
    assert len(shown) == 12
    assert shown <= kept


def test_the_preview_of_arrays_follows_what_their_values_are_said_to_be(register):
    content = io.BytesIO()
    np.savez(content, images=np.random.default_rng(0).integers(0, 2, (120, 12, 12), np.uint8))
    intake = register.take("anna", "mine", [Incoming("a.npz", content.getvalue())])
    read(intake)
    assert intake.is_arrays
    assert intake.preview().max() == 255
    intake.read(Settings(values="0..255"), register.jobs)
    until(lambda: intake.job.is_over)
    until(lambda: intake.preview() is not None)
    assert intake.preview().max() == 1


def test_arrays_are_read_once_for_their_preview_and_for_all_else(register, monkeypatch):
    content, read_whole = io.BytesIO(), mock.Mock(wraps=arrays.read)
    monkeypatch.setattr(arrays, "read", read_whole)
    np.save(content, np.random.default_rng(0).integers(0, 256, (120, 12, 12), np.uint8))
    intake = register.take("anna", "mine", [Incoming("a.npy", content.getvalue())])
    read(intake)
    assert intake.preview().shape == (12, 12, 12, 1)
    intake.read(Settings(size=16), register.jobs)
    read(intake)
    assert intake.preview().shape == (12, 16, 16, 1)
    assert read_whole.call_count == 2


def test_an_import_that_would_keep_others_waiting_ends_with_a_sentence(register, monkeypatch):
    monkeypatch.setenv("AECORE_IMPORT_MINUTES", "1e-6")
    intake = register.take("anna", "mine", FILES)
    until(lambda: intake.job.is_over)
    assert "and others wait" in str(intake.job.error)
    assert not [path for path in intake.folder.iterdir() if path.name.startswith("read")]


def test_what_was_read_before_goes_when_it_is_read_anew(register):
    intake = register.take("anna", "mine", FILES)
    read(intake)
    intake.read(Settings(size=8), register.jobs)
    read(intake)
    assert [path.name for path in intake.folder.iterdir() if path.name.startswith("read")] == ["read-2"]


@pytest.mark.parametrize("is_read", [True, False])
def test_nothing_is_left_of_what_is_cancelled_also_while_it_is_read(register, is_read):
    intake = register.take("anna", "mine", FILES)
    if is_read:
        read(intake)
    register.close("anna")
    until(lambda: intake.job.is_over)
    until(lambda: files_in(register.folder) == [imports.LOCK])
    assert register.of("anna") is None
    assert intake.found is None


def test_what_fails_says_why_and_nothing_of_it_is_kept(register):
    intake = register.take("anna", "mine", [Incoming("a.txt", b"none")])
    until(lambda: intake.job.is_over)
    assert isinstance(intake.job.error, BadImport)
    assert intake.preview() is None
    register.close("anna")
    assert files_in(register.folder) == [imports.LOCK]


def test_a_name_that_leads_elsewhere_leaves_nothing_behind(register):
    with pytest.raises(BadImport, match="no name of a file"):
        register.take("anna", "mine", [Incoming("a.png", b"x"), Incoming("../b.png", b"x")])
    assert register.of("anna") is None
    assert files_in(register.folder) == [imports.LOCK]


def test_another_upload_takes_the_place_of_the_one_before(register):
    first = register.take("anna", "mine", FILES)
    second = register.take("anna", "again", FILES[:2])
    assert register.of("anna") is second
    until(lambda: not first.folder.exists())


def test_only_so_many_are_open_at_a_time(register, monkeypatch):
    monkeypatch.setattr(imports, "MOST", 1)
    register.take("anna", "mine", FILES[:2])
    with pytest.raises(BadImport, match="1 imports are open"):
        register.take("bert", "mine", FILES[:2])
    register.take("anna", "again", FILES[:2])


def test_what_a_visitor_left_behind_goes_after_a_while_and_what_one_looks_at_stays(register, here):
    here.add("other")
    register.take("anna", "mine", FILES[:2], "tab")
    register.take("bert", "mine", FILES[:2], "other")
    here.remove("other")
    later = time.monotonic() + imports.GRACE + 1
    register.sweep(time.monotonic())
    assert register._open.keys() == {"anna", "bert"}
    register.sweep(later)
    assert register._open.keys() == {"anna"}


def test_what_a_killed_server_left_goes_and_what_a_living_one_has_stays(register, tmp_path):
    dead = tmp_path / f"{imports.PREFIX}dead"
    (dead / "some").mkdir(parents=True)
    (dead / "some" / "a.png").write_bytes(b"x")
    (dead / imports.LOCK).touch()
    fresh = tmp_path / f"{imports.PREFIX}fresh"
    fresh.mkdir()
    other = Intakes(lambda session: True)
    assert not dead.exists()
    assert fresh.exists()
    assert register.folder.exists()
    os.utime(fresh, (0, 0))
    imports._remove_left()
    assert not fresh.exists()
    other.end()
    assert not other.folder.exists()
    with pytest.raises(filelock.Timeout), filelock.FileLock(register.folder / imports.LOCK, timeout=0):
        pass


def test_a_store_that_is_only_shown_takes_nothing_in(register, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    with pytest.raises(ReadOnly):
        register.take("anna", "mine", FILES)
    assert files_in(register.folder) == [imports.LOCK]


def test_an_upload_of_which_some_gave_way_is_refused():
    with pytest.raises(BadImport, match="more than this server keeps"):
        imports.brought([object()])


def test_the_preview_stands_on_the_background_that_all_pictures_were_given(register, monkeypatch):
    monkeypatch.setattr(preview, "sample", functools.partial(preview.sample, count=1))

    def drawn(low: int) -> bytes:
        pixels = RNG.integers(low, low + 60, (12, 12, 4), dtype=np.uint8)
        pixels[..., 3] = 0
        pixels[2:11, 2:11, 3] = 255
        content = io.BytesIO()
        Image.fromarray(pixels, "RGBA").save(content, "PNG")
        return content.getvalue()

    files = [Incoming(f"mine/{k:03}.png", drawn(190 if k else 0)) for k in range(100)]
    intake = register.take("anna", "mine", files)
    found = read(intake)
    assert "Transparent pictures stand on black." in found.images.notes  # the first alone would on white
    assert intake.preview()[0, 0, 0].tolist() == [0] * intake.preview().shape[3]
    intake.read(Settings(background="white"), register.jobs)
    read(intake)
    assert intake.preview()[0, 0, 0].tolist() == [255] * intake.preview().shape[3]


def test_cancelling_waits_for_a_keeping_under_way_and_keeping_twice_keeps_once(register, monkeypatch):
    intake = register.take("anna", "mine", FILES)
    read(intake)
    begun, may_end, write = threading.Event(), threading.Event(), importers.kept

    def slow(*what: Any) -> importers.Review:
        begun.set()
        assert may_end.wait(60)
        return write(*what)

    monkeypatch.setattr(importers, "kept", slow)
    reviews: list[importers.Review | None] = []
    keeping = [threading.Thread(target=lambda: reviews.append(intake.kept("mine", "Mine"))) for _ in range(2)]
    cancelling = threading.Thread(target=register.close, args=("anna", intake))
    keeping[0].start()
    assert begun.wait(60)
    for thread in (keeping[1], cancelling):
        thread.start()
    assert intake.folder.exists()
    assert not intake.is_closed
    may_end.set()
    for thread in (*keeping, cancelling):
        thread.join(60)
    assert intake.is_kept
    assert [review.is_new for review in reviews if review] == [True]
    assert files_in(register.folder) == [imports.LOCK]


def test_cancelling_in_an_old_tab_leaves_what_was_brought_since(register):
    old = register.take("anna", "mine", FILES)
    new = register.take("anna", "others", FILES)
    register.close("anna", old)
    assert register.of("anna") is new
    assert read(new)


def test_a_refusal_that_is_kept_holds_nothing_of_what_was_read():
    held: list[Any] = []

    class Content:
        pass

    def fail(_: Any) -> None:
        content = Content()
        held.append(weakref.ref(content))
        try:
            raise ValueError("damaged")
        except ValueError as error:
            raise BadImport("the file is damaged", "Bring another.") from error

    job = Job("Reading")
    job.run(fail)
    assert isinstance(job.error, BadImport)
    gc.collect()
    assert held[0]() is None
