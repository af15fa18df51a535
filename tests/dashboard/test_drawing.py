"""What is drawn on Explore: marked on the plane, reconstructed by the run, and no trouble where it fails."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore.errors import RunDamaged
from aecore.runs import open_run
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.components.draw_pad import SIDE
from dashboard.figures.picture_strip import Picture, picture_strip
from dashboard.services import engine
from dashboard.shared import image_input, image_readout

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
DRAWING = np.zeros((SIDE, SIDE), np.uint8)
DRAWING[20:120, 60:80] = 255


@pytest.fixture
def marked(monkeypatch):
    """What is handed to the planes."""
    calls = []
    monkeypatch.setattr(
        image_readout, "plane_marks", lambda group, *, marks, key: calls.append((group, marks))
    )
    return calls


def explored(variant: str, pixels: np.ndarray | None = DRAWING) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in {"dataset": "digits", "variant": variant, "about": "Draw"}.items():
        app.query_params[name] = value
    if pixels is not None:
        app.session_state["kept_drawing"] = base64.b64encode(pixels.tobytes()).decode()
    return app.run()


def texts(app: AppTest) -> str:
    return " ".join(block.proto.body for block in app.get("html"))


def test_a_drawing_is_marked_with_its_posterior_and_reconstructed(marked):
    app = explored("vae")
    assert not app.exception
    group, (mark,) = marked[-1]
    run = open_run("digits-vae-z2", RunStore(SHIPPED))
    prepared = image_input.prepare(
        DRAWING[..., None] / 255, (8, 8, 1), image_input.datasets.record("digits").layout, ground="dark"
    )
    pixels = image_input.as_bytes(prepared.image)
    mean, spread = run.posterior(pixels[None])
    assert (group, mark.plane) == ("explore", run.stored.run_id)
    np.testing.assert_allclose(mark.code, mean[0], atol=1e-5)
    np.testing.assert_allclose(mark.spread, spread[0], atol=1e-5)
    error = ((run.decode(mean)[0] - pixels / 255) ** 2).mean()
    assert float(re.search(r"MSE ([\d.]+) per pixel ↓", texts(app))[1]) == pytest.approx(error, abs=1e-4)


def test_an_autoencoder_has_no_posterior_to_show(marked):
    explored("ae")
    assert marked[-1][1][0].spread is None


def test_a_decoder_that_takes_a_class_gets_the_one_that_fits_best(marked):
    app = explored("conditional_vae")
    mark = marked[-1][1][0]
    assert 0 <= mark.condition < 10
    run = open_run("digits-conditional_vae-z2", RunStore(SHIPPED))
    image = image_input.prepare(
        DRAWING[..., None] / 255, (8, 8, 1), image_input.datasets.record("digits").layout, ground="dark"
    ).image
    every = run.decode(np.repeat(mark.code[None], 10, 0), np.arange(10))
    assert ((every - image) ** 2).mean((1, 2, 3)).argmin() == mark.condition
    assert f"as class {mark.condition}, which fits best" in texts(app)


@pytest.mark.parametrize("pixels", [None, np.zeros_like(DRAWING)])
def test_an_empty_pad_marks_nothing_and_loads_no_model(marked, monkeypatch, pixels):
    monkeypatch.setattr(engine, "encode", lambda *given: pytest.fail("a model was loaded"))
    app = explored("vae", pixels)
    assert not app.exception
    assert not app.error
    assert marked[-1] == ("explore", [])


def test_a_run_that_cannot_encode_is_a_sentence_and_the_page_stands(marked, monkeypatch):
    def fail(path: Path, pixels: np.ndarray) -> None:
        raise RunDamaged(path, "its weights do not fit its config")

    monkeypatch.setattr(engine, "encode", fail)
    image_readout.read.__wrapped__.clear()
    app = explored("vae")
    assert not app.exception
    assert "its weights do not fit its config" in app.error[0].value
    assert marked[-1] == ("explore", [])
    assert app.tabs


def test_captions_of_pictures_are_text_and_never_markup():
    shown = picture_strip([Picture(np.zeros((2, 2, 1)), "<b>a</b>", "<script>")])
    assert "<script>" not in shown
    assert "&lt;b&gt;a&lt;/b&gt;" in shown
    assert picture_strip([Picture(np.ones((400, 300, 3)), "photo")]).count("<img") == 1
