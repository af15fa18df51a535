"""Thousands of hostile archives, manifests and labels: refused in a sentence, or opened as pages open them.

AECORE_MUTATIONS=10000 tries that many of each; 150 otherwise. Each may take two seconds of the processor and
all of them 300 MB beyond where they started; nothing may be written outside the store.
"""

import contextlib
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aecore import runs
from aecore.errors import AecoreError
from aecore.storage import annotations, archives
from aecore.storage.annotations import Annotation
from aecore.storage.store import RunStore
from dashboard.components.latent_plane import pack, pack_images
from dashboard.figures.kl_bars import kl_bars
from dashboard.figures.layer_diagram import layer_diagram
from dashboard.figures.loss_curves import loss_curves
from dashboard.services import cached_reads
from dashboard.shared import replay, run_plane
from dashboard.train import library
from tests.dashboard.archive_mutations import json_mutated, members, mutated, sealed

COUNT = int(os.environ.get("AECORE_MUTATIONS", "150"))
VARIANTS = ("vae", "conditional_vae", "conv", "lstm", "stacked", "pca", "aae")
MOST_SECONDS, MOST_BYTES = 2.0, 300 * 2**20


@pytest.fixture(scope="module")
def honest(finished_store, tmp_path_factory) -> list[dict[str, bytes]]:
    """Members of the archives of a few runs, one of them with a name and a note."""
    found = [runs.open_run(f"digits-{variant}-z2", finished_store).stored for variant in VARIANTS]
    archived = [members(archives.export(run)) for run in found]
    archived[0]["label.json"] = Annotation("a name", "a note").to_bytes()
    return archived


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def open_as_pages_do(run) -> None:
    """Everything that pages make of a run, without a page."""
    pack(**run_plane.described(run), group="explore")
    pack_images(
        labels=run.labels,
        count=run.test_images,
        classes=run.classes,
        image_shape=run.image_shape,
        split="test",
        group="compare",
    )
    layer_diagram(run.manifest["networks"], run.image_shape, run.config.latent_dim)
    loss_curves(run.history, run.history[-1]["number"])
    if "kl" in run.arrays:
        kl_bars(run.arrays["kl"])
    library.describe(run)
    cached_reads.run_labels([run], with_title=True)
    cached_reads.short_labels([run])
    if replay.is_there(run):
        replay.packed_rewind.__wrapped__(run.path, 0)
    codes = run.arrays["codes"][:2].astype(np.float32)
    labelled = run.arrays["conditions"][:2] if "conditions" in run.arrays else None
    assert np.isfinite(runs.Run(run).decode(codes, labelled)).all()


class Watch:
    """Counts what happened, and holds the time of each and the memory of all."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.slowest = self.longest = 0.0
        with contextlib.suppress(OSError):  # Linux alone can forget the peak that there was
            Path("/proc/self/clear_refs").write_text("5")
        self.start = _memory("VmRSS")

    @contextlib.contextmanager
    def one(self, what: str, number: int) -> Iterator[None]:
        """One hostile thing: it is refused in a sentence, or nothing happens."""
        cpu, wall, sentence = time.process_time(), time.perf_counter(), ""
        try:
            yield
        except AecoreError as error:
            sentence = str(error)
        except Exception as error:
            raise AssertionError(f"{what} {number}: {error!r}") from error
        self.outcomes["refused" if sentence else "taken"] += 1
        assert len(sentence.encode()) < 2000  # and no lone surrogate is in it: it is shown
        self.slowest = max(self.slowest, time.process_time() - cpu)
        self.longest = max(self.longest, time.perf_counter() - wall)

    def check(self, what: str) -> None:
        """See that nothing took too long or too much; with -s it says what it saw."""
        grown = _memory("VmHWM") - self.start
        times = f"slowest {self.slowest:.2f} s of the processor, {self.longest:.2f} s by the clock"
        sys.stderr.write(f"\n{what}: {dict(self.outcomes)}, {times}, {grown >> 20} MB more\n")
        assert self.slowest < MOST_SECONDS
        assert grown < MOST_BYTES


def _memory(name: str) -> int:
    """Bytes that the system notes of this process; 0 where it notes none."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0]) * 1024
    return 0


def test_hostile_archives_are_refused_in_a_sentence_or_open_on_every_page(honest, tmp_path):
    store, before = RunStore(tmp_path / "store"), set(tmp_path.iterdir())
    archives.import_file(sealed(honest[0]), store, runs.check_model)  # what is imported first is not counted
    open_as_pages_do(store.listing().runs[0])
    shutil.rmtree(store.root)
    watch = Watch()
    for number in range(COUNT):
        rng = np.random.default_rng([1, number])
        content = sealed(mutated(honest[number % len(honest)], rng))
        with watch.one("archive", number):
            open_as_pages_do(archives.import_file(content, store, runs.check_model))
        left = {path.name for path in store.root.iterdir()} - {".locks"} if store.root.exists() else set()
        assert len(left) <= 1, f"archive {number} left {left}"
        shutil.rmtree(store.root, ignore_errors=True)
    assert set(tmp_path.iterdir()) - before <= {store.root}
    watch.check("archives")
    assert watch.outcomes["refused"] > COUNT / 3
    assert watch.outcomes["taken"] > COUNT / 50


def test_hostile_manifests_in_a_store_are_damaged_runs_or_open(honest, tmp_path):
    store = RunStore(tmp_path / "store")
    found = [archives.import_file(sealed(contents), store) for contents in honest]
    watch = Watch()
    for number in range(COUNT):
        rng = np.random.default_rng([2, number])
        run = found[number % len(found)]
        path = run.path / "manifest.json"
        honestly = path.read_bytes()
        content = honestly
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            content = json_mutated(content, rng)
        path.write_bytes(content)
        with watch.one("manifest", number):
            listing = store.listing()
            assert len(listing.runs) + len(listing.damaged) == len(found)
            assert len(listing.damaged) <= 1
            cached_reads.run_labels(listing.runs, with_title=True)
            for error in listing.damaged:
                raise error
            library.describe(next(one for one in listing.runs if one.path == run.path))
        path.write_bytes(honestly)
    watch.check("manifests")
    assert watch.outcomes["refused"] > COUNT / 3


def test_hostile_labels_in_a_store_are_no_labels_or_plain_text(honest, tmp_path):
    store = RunStore(tmp_path / "store")
    run = archives.import_file(sealed(honest[0]), store)
    watch, path = Watch(), Path(run.path / annotations.FILE)
    for number in range(COUNT):
        rng = np.random.default_rng([3, number])
        content = json.dumps({"name": "a name", "note": "a note of\ntwo lines"}).encode()
        for _ in range(rng.integers(1, 4)):
            content = json_mutated(content, rng) if rng.random() < 0.7 else content[: int(rng.integers(60))]
            content = content.replace(b"name", rng.bytes(4)) if rng.random() < 0.1 else content
        path.write_bytes(content)
        with watch.one("label", number):
            for text in (run.annotation.name, run.annotation.note):
                assert all(one.isprintable() or one in "\n\u200d" for one in text)
            cached_reads.run_labels([run], with_title=True)
            annotations.parse(content)
    watch.check("labels")
