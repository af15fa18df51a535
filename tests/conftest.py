"""What every test shares: folders of its own, images that are always there, and runs trained once."""

import contextlib
import dataclasses
import hashlib
import importlib
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["AECORE_DATASETS"] = os.devnull  # for what is served to all tests: nobody's own
os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores; also bit-equal sums
ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # the pytest command puts this folder on the path, not the repository
    sys.path.insert(0, str(ROOT))

import filelock  # noqa: E402  after the two lines that must precede every import of torch
import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from aecore import datasets  # noqa: E402
from aecore.evaluation import classifier, two_sample  # noqa: E402
from aecore.models import variants  # noqa: E402
from aecore.storage import settings as storage_settings  # noqa: E402
from aecore.storage.store import RunStore  # noqa: E402

FULL_STEPS = {classifier: ("JUDGE_STEPS", 1200), two_sample: ("STEPS", 400)}
"""What the two networks of the closing measurement train for; `full_measurement` says who needs that."""
for module, (name, steps) in FULL_STEPS.items():
    assert getattr(module, name) == steps
    setattr(module, name, steps // 80)  # elsewhere networks that know little will do, and take no seconds

hypothesis.settings.register_profile(
    "quick",
    deadline=None,  # a busy machine is no failure
    derandomize=True,
    max_examples=40,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("quick")


SLOW = (
    "architecture/test_constants.py",
    "architecture/test_imports.py",
    "benchmarks/test_bars.py",
    "core/analysis/test_holes.py",
    "core/analysis/test_projection.py",
    "core/cli/test_app.py",
    "core/cli/test_console.py",
    "core/datasets/test_datasets.py",
    "core/datasets/test_unlabelled.py",
    "core/denoising/test_denoisers.py",
    "core/denoising/test_models.py",
    "core/evaluation/test_additions.py",
    "core/evaluation/test_baselines.py",
    "core/evaluation/test_classifier.py",
    "core/evaluation/test_collapse.py",
    "core/evaluation/test_coverage_numbers.py",
    "core/evaluation/test_sample_classifier.py",
    "core/evaluation/test_two_sample.py",
    "core/images/test_files.py",
    "core/images/test_preprocessing.py",
    "core/jobs/test_estimate.py",
    "core/jobs/test_queue.py",
    "core/jobs/test_worker.py",
    "core/latent/test_added_prior.py",
    "core/maintenance/test_doctor.py",
    "core/metrics/test_plugin.py",
    "core/models/test_cards.py",
    "core/models/test_contract.py",
    "core/models/test_sizes.py",
    "core/models/variants/test_aae.py",
    "core/models/variants/test_ae.py",
    "core/models/variants/test_conv.py",
    "core/models/variants/test_denoising.py",
    "core/models/variants/test_semi_supervised_aae.py",
    "core/models/variants/test_sparse.py",
    "core/models/variants/test_vae.py",
    "core/storage/test_archives.py",
    "core/storage/test_store.py",
    "core/test_runs.py",
    "core/training/test_checkpoints.py",
    "core/training/test_distillation.py",
    "core/training/test_loop.py",
    "dashboard/test_added_files.py",
    "dashboard/test_compare_planes.py",
    "dashboard/test_coverage_section.py",
    "dashboard/test_deep_links.py",
    "dashboard/test_denoise_page.py",
    "dashboard/test_denoise_sections.py",
    "dashboard/test_generate_page.py",
    "dashboard/test_hostile_runs.py",
    "dashboard/test_image_trouble.py",
    "dashboard/test_many_sessions.py",
    "dashboard/test_offers.py",
    "dashboard/test_offline.py",
    "dashboard/test_one_bad_run.py",
    "dashboard/test_pages.py",
    "dashboard/test_paths_and_samples.py",
    "dashboard/test_projections.py",
    "dashboard/test_train_form.py",
    "dashboard/test_train_library.py",
    "dashboard/test_train_watch.py",
    "dashboard/test_unlabelled.py",
    "docs/test_picture.py",
)
"""Files whose tests take six seconds and more together."""


def _mark(path: Path) -> str:
    """The mark of everything in a file or folder of tests: of a folder of its own, or of what takes long."""
    place = path.relative_to(ROOT / "tests")
    if place.parts and place.parts[0] in ("browser", "faults"):
        return place.parts[0]
    return "slow" if place.as_posix() in SLOW else ""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, before it is imported, what `-m "not browser and not faults and not slow"` leaves out."""
    left_out = config.option.markexpr.split(" and ")
    return True if f"not {_mark(collection_path)}" in left_out else None


@pytest.hookimpl(wrapper=True)  # around xdist, which reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what `_mark` says; `make quick` leaves out all three marks.

    What takes longest comes first, or one worker would have it left when the others are done. A file's tests
    are one worker's, which makes what they share once; those in a browser share no more than the server.
    """
    for item in items:
        mark = _mark(item.path)
        if mark:
            item.add_marker(mark)
        if mark != "browser" and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(ROOT).as_posix()))
    first = ("faults", "browser", "slow")
    items.sort(key=lambda item: first.index(mark) if (mark := _mark(item.path)) in first else len(first))
    yield
    for item in items:  # xdist 3.8 writes an id with its group where pytest 9.2 has long ceased to read it
        if meant := vars(item).get("_nodeid"):
            item._id = type(item.id).parse(meant)


def pytest_collection_finish(session: pytest.Session) -> None:
    """See that groups are kept, and have every logger hand on what it is told.

    Pytest joins each that does not, a hundred of PyTorch and Streamlit, in every phase of every test.
    """
    if getattr(session.config.option, "loadgroup", False):
        for item in session.items:
            group = item.get_closest_marker("xdist_group")
            assert not group or item.nodeid.endswith(f"@{group.args[0]}"), f"{item.nodeid} is in no group"
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True


@pytest.fixture(autouse=True)
def own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs for each test, so that a user's own are never touched."""
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("AECORE_DATASETS", str(tmp_path / "datasets"))
    yield tmp_path / "runs"
    if background := sys.modules.get("dashboard.services.background"):
        _stop(background.jobs())


def _stop(jobs: Any) -> None:
    """End what a page began beside itself: it would write into the folder of another test."""
    begun = list(jobs._jobs.values())
    for job in begun:
        job.stop()
    deadline = time.monotonic() + 60
    while not all(job.is_over for job in begun) and time.monotonic() < deadline:
        time.sleep(0.02)
    jobs._jobs.clear()  # what was stopped is offered, and not begun, when a page asks for it again


@contextlib.contextmanager
def _measured_in_full() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, (name, steps) in FULL_STEPS.items():
            patch.setattr(module, name, steps)
        yield


@pytest.fixture(scope="module")
def full_measurement() -> Iterator[None]:
    """The closing measurement as users have it, for modules of tests of what it finds."""
    with _measured_in_full():
        yield


@pytest.fixture
def measured_as_elsewhere() -> Iterator[None]:
    """The same for one test, whose other processes measure as users have it, with the shipped judges."""
    with _measured_in_full(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage_settings, "SHIPPED", ROOT / "pretrained")
        yield


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back the main module that Streamlit's AppTest leaves: a forked process would run its page."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def idx_bytes(array: np.ndarray) -> bytes:
    """An array of uint8 as the bytes of an IDX file."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()


def stand_in_files(names: list[str], height: int = 28, width: int = 28) -> dict[str, bytes]:
    """Small IDX files by name: 40 train and 20 test images, of ten classes."""
    random = np.random.default_rng(0)
    files = {}
    for name in names:
        count = 40 if name.startswith("train") else 20
        images = random.integers(0, 256, (count, height, width), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        files[name] = idx_bytes(images if "images" in name else labels)
    return files


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def idx_files(name: str) -> Any:
    """The IDX files of a data set; None where it has none."""
    return getattr(importlib.import_module(f"aecore.datasets.{name}"), "_files", None)


@pytest.fixture(scope="module")
def image_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Where both splits of a data set lie, by its name: the real ones, else small ones made here.

    For the small ones the table of official hashes is exchanged, so that nothing needs a network; after the
    module it is put back, since the test images that come with the product are held to it.
    """
    made = tmp_path_factory.mktemp("images")
    with pytest.MonkeyPatch.context() as patch:

        def root(name: str) -> Path:
            if datasets.is_present(name, "train"):
                return datasets.data_root()
            if not datasets.is_present(name, "train", made):
                official = idx_files(name)
                files = stand_in_files(list(official.sha256))
                put(official.folder(made), files)
                for file, content in files.items():
                    patch.setitem(official.sha256, file, hashlib.sha256(content).hexdigest())
            return made

        yield root


DATA_SET = """
import numpy as np
from aecore.datasets import Dataset, Images

def is_present(split, root):
    return True

def download(root, progress):
    pass

def load(split, root):
    {fails}
    shape = {test_shape!r} if split == "test" else {shape!r}
    random = np.random.default_rng(split == "train")
    labels = np.arange({labels}) % {kinds} + {first_label}
    patterns = np.random.default_rng(7).integers(0, 200, ({kinds} + 2, *shape))
    pixels = patterns[np.resize(labels, {count})] + random.integers(0, 50, ({count}, *shape))
    given = labels if {has_labels} else None
    return Images(pixels.astype({dtype!r}), given, tuple({own_names!r}))


DATASET = Dataset(
    title={title!r}, classes=tuple({names!r}), epochs=2, load=load, is_present=is_present, download=download
)
"""


@contextlib.contextmanager
def dropping_data_sets(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Drop a data set of noisy patterns into the folder, with whatever is to be wrong with it.

    Without classes it has no labels.
    """

    def make(name: str, code: str = "", **settings: Any) -> None:
        usual = {"title": name, "classes": 10, "count": 60, "shape": (8, 8, 1), "first_label": 0}
        chosen = usual | {"dtype": "uint8", "fails": ""} | settings
        chosen.setdefault("test_shape", chosen["shape"])
        chosen.setdefault("labels", chosen["count"])
        chosen.setdefault("names", [str(label) for label in range(chosen["classes"])])
        chosen.setdefault("own_names", chosen["names"])
        chosen.setdefault("has_labels", bool(chosen["classes"]))
        chosen["kinds"] = chosen["classes"] or 10
        chosen["fails"] = f"raise {chosen['fails']}" if chosen["fails"] else ""
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(code or DATA_SET.format(**chosen), "utf-8")
        patch.setattr(datasets, "__path__", [*datasets.__path__, str(folder)])
        patch.delitem(sys.modules, f"aecore.datasets.{name}", raising=False)
        importlib.invalidate_caches()
        made.append(name)

    made: list[str] = []
    yield make
    for name in made:
        sys.modules.pop(f"aecore.datasets.{name}", None)
        vars(datasets).pop(name, None)


@pytest.fixture
def made_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`dropping_data_sets` for one test."""
    with dropping_data_sets(tmp_path / "data sets", monkeypatch) as make:
        yield make


def small_options(variant: str) -> dict[str, Any]:
    """Options that make a variant quick to train: two narrow layers wherever widths are chosen."""
    widths = {"hidden": (24, 16), "discriminator_hidden": (24, 16), "channels": (6, 8)}
    narrow = widths | {"dense": (16,), "hidden_state": 12}
    fields = dataclasses.fields(variants.module(variant).Options)
    return {field.name: narrow[field.name] for field in fields if field.name in narrow}


def is_trained(variant: str) -> bool:
    """Whether a variant has epochs at all; the rest is fitted in closed form, in one."""
    return not getattr(variants.module(variant), "IS_CLOSED_FORM", False)


def quick(variant: str, epochs: int = 2) -> dict[str, Any]:
    """Settings that make a run of a variant a matter of a moment."""
    return {"epochs": epochs if is_trained(variant) else 1, **small_options(variant)}


@pytest.fixture(scope="session")
def finished_store(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> RunStore:
    """A store with one small run of every variant on digits. To be read only: copy it to damage it.

    The worker that needs it first trains it for all of them; each has a copy.
    """
    folder = tmp_path_factory.mktemp("finished") / "runs"
    if worker_id == "master":
        return _train_all(RunStore(folder))
    whole = tmp_path_factory.getbasetemp().parent / "finished"
    with filelock.FileLock(f"{whole}.lock"):
        if not whole.exists():
            partial = whole.with_suffix(".partial")
            _train_all(RunStore(partial))
            partial.rename(whole)
    shutil.copytree(whole, folder)
    return RunStore(folder)


def _train_all(store: RunStore) -> RunStore:
    from aecore import runs
    from aecore.jobs import finalize

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            finalize, "SMALL", 0
        )  # half precision in narrow layers too, as in runs of the usual width
        for name in variants.names():
            runs.train(name, "digits", store=store, **quick(name))
    return store


@pytest.fixture
def finished_run(finished_store: RunStore) -> Callable[[str], Any]:
    """Open the small run of a variant."""
    from aecore import runs

    return lambda variant: runs.open_run(f"digits-{variant}-z2", finished_store)
