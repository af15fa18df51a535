"""One run in the store that cannot be shown, as a hand or an older version put it there: no page dies."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from streamlit.testing.v1 import AppTest

from aecore import jobs
from aecore.jobs import Progress
from aecore.models import variants
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.services import cached_reads
from tests.conftest import quick
from tests.dashboard.archive_mutations import SURROGATE

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("explore", "compare", "generate", "denoise", "train", "data")


def change(folder: Path, name: str, content: bytes) -> None:
    """Another content of a file, vouched for."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def say(folder: Path, **entries: object) -> None:
    """Other entries of the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | entries))


def no_history(folder: Path) -> None:
    change(folder, "history.json", b"[]")


def numbers_that_are_none(folder: Path) -> None:
    change(folder, "metrics.json", b'["mse"]')


def weights_that_are_none(folder: Path) -> None:
    weights = safetensors.numpy.load((folder / "weights.safetensors").read_bytes())
    weights["decoder.0.bias"] = np.full_like(weights["decoder.0.bias"], np.nan)
    change(folder, "weights.safetensors", safetensors.numpy.save(weights))


def one_code(folder: Path) -> None:
    codes = safetensors.numpy.load((folder / "codes.safetensors").read_bytes())
    kept = {name: np.ascontiguousarray(a if name == "kl" else a[:1]) for name, a in codes.items()}
    change(folder, "codes.safetensors", safetensors.numpy.save(kept))


def a_decoder_of_no_image(folder: Path) -> None:
    say(folder, layers=[{"type": "condition", "classes": 3}])


def two_channels(folder: Path) -> None:
    say(folder, image_shape=[8, 8, 2])


def an_empty_encoder(folder: Path) -> None:
    say(folder, networks={"encoder": []})


def a_name_that_is_no_text(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["config"]["options"][SURROGATE] = 1
    (folder / "manifest.json").write_text(json.dumps(manifest))


BREAKS = {
    no_history: "its history has 0 epochs",
    numbers_that_are_none: "its metrics are no numbers by name",
    weights_that_are_none: "are not all numbers",
    one_code: "is expected",
    a_decoder_of_no_image: "does not fit",
    two_channels: "its images have the shape",
    an_empty_encoder: "its networks are no lists of layers",
    a_name_that_is_no_text: "the name of an option cannot be",
}

LISTED = (two_channels, an_empty_encoder, a_name_that_is_no_text)
"""What the manifest says, so that it is seen wherever runs are listed, and where a person's own are."""


@pytest.fixture
def broken(finished_store, own_runs) -> Callable[[Callable], str]:
    """A run of one's own that something is wrong with; its id."""

    def make(how: Callable[[Path], None]) -> str:
        source = finished_store.open("digits-vae-z2").path
        folder = own_runs / source.name
        folder.mkdir(parents=True)
        for file in source.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        how(folder)
        cached_reads._listing.clear()
        return folder.name

    return make


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    if page == "compare":
        parameters |= {"section": "Interpolation"}  # the one that measures nothing in the background
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page(f"app_pages/{page}.py")
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(one.value for one in [*app.error, *app.warning])


@pytest.mark.parametrize("how", BREAKS, ids=lambda how: how.__name__)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_run_that_cannot_be_shown_and_opens_the_others(broken, page, how):
    run_id = broken(how)
    shipped = [RunStore(SHIPPED).open(f"digits-{name}-z2").run_id for name in ("ae", "vae")]
    several = ",".join([run_id, *shipped])
    asked = {"run": run_id, "runs": several, "models": several, "part": "runs"}
    app = opened(page, dataset="digits", variant="vae", **asked)
    assert not app.exception
    if page != "data" and (page != "train" or how in LISTED):
        assert BREAKS[how] in said(app)
    another = opened(page, dataset="digits", variant="vae", run=shipped[1])
    assert not another.exception
    assert not another.error


WORDS = {"epochs": 50, "epoch": 3, "stage": SURROGATE, "note": "`", "trouble": f"![](//h/p) {SURROGATE}"}


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("state", ["failed", "paused", "done"])
def test_a_training_whose_files_say_nonsense_ends_no_page(state):
    config = variants.configure("vae", "digits", **quick("vae", 50))
    job = jobs.submit(config)
    jobs.send_command(job, "pause")
    told = Progress(state, error=f"{SURROGATE} broke", result=f"../../x{SURROGATE}", **WORDS)
    (job.path / "progress.json").write_text(json.dumps(dataclasses.asdict(told)))
    lines = [{"train": {"kl": "x"}, "test": {"kl": None}}, {"train": {"kl": 1e999}, "test": {"kl": [1]}}]
    records = [{"number": place + 1, "seconds": 1} | line for place, line in enumerate(lines)]
    (job.path / "history.jsonl").write_text("\n".join(map(json.dumps, records)))
    for parameters in ({}, {"job": job.run_id}):
        app = opened("train", **parameters)
        assert not app.exception
