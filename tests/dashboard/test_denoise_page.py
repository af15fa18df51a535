"""The Denoise page without a browser: what it hands to the denoisers, for good and for bad input."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore import corruptions, datasets
from aecore.errors import BadValue
from dashboard.components.draw_pad import SIDE
from dashboard.denoise import comparison, curve
from dashboard.denoise.noise_form import following
from dashboard.services import cached_reads
from tests.addresses import address

PAGE = Path(__file__).resolve().parents[2] / "dashboard" / "app_pages" / "denoise.py"
DRAWING = np.zeros((SIDE, SIDE), np.uint8)
DRAWING[20:120, 60:80] = 255


@pytest.fixture(autouse=True)
def handed(monkeypatch):
    """What the sections below the input are given, in place of their work."""
    calls = {}
    monkeypatch.setattr(comparison, "show", lambda *given: calls.update(comparison=given))
    monkeypatch.setattr(curve, "show", lambda *given: calls.update(curve=given))
    return calls


def opened(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in ({"dataset": "digits"} | parameters).items():
        app.query_params[name] = value
    return app


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def with_upload(content: bytes, **parameters: str) -> AppTest:
    app = opened(input="upload", **parameters)
    app.session_state["kept_upload"] = ("mine.png", content)
    return app.run()


def with_drawing(pixels: np.ndarray, **parameters: str) -> AppTest:
    app = opened(input="draw", **parameters)
    app.session_state["kept_drawing"] = base64.b64encode(pixels.tobytes()).decode()
    return app.run()


def test_denoise_opens_on_a_test_image_with_gaussian_noise(handed):
    app = opened().run()
    assert not app.exception
    assert not app.warning
    assert any(">Denoise: Digits 8×8</h1>" in element.proto.body for element in app.get("html"))
    clean, noisy, *rest = handed["comparison"]
    image = datasets.load_images("digits", "test").pixels[0] / np.float32(255)
    expected = corruptions.corrupt(image, "gaussian", 0.5, corruptions.draw(image.shape, 0))
    np.testing.assert_allclose(clean, image, atol=1e-6)
    np.testing.assert_allclose(noisy, expected, atol=1e-6)
    assert rest[:-1] == ["digits", "gaussian", 0.5, "test image 0"]
    np.testing.assert_array_equal(rest[-1].normal, corruptions.draw(image.shape, 0).normal)
    assert handed["curve"] == ("digits", "gaussian")


def test_a_link_restores_image_kind_level_draw_and_place(handed):
    app = opened(image="9", noise="square", level="0.25", down="0.75", across="0.25", draw="3").run()
    assert not app.warning
    clean, noisy, *rest = handed["comparison"]
    assert rest[:-1] == ["digits", "square", 0.25, "test image 9"]
    np.testing.assert_array_equal(noisy[5:7, 1:3], 0)
    np.testing.assert_array_equal(noisy[:5], clean[:5])


@pytest.mark.parametrize("kind", corruptions.names())
def test_every_kind_begins_at_its_reference(handed, kind):
    opened(noise=kind).run()
    assert handed["comparison"][3:5] == (kind, corruptions.find(kind).reference)


def test_another_kind_begins_at_its_own_level(handed):
    app = opened(level="0.9", draw="4").run()
    kind = next(box for box in app.selectbox if box.label == "Noise")
    kind.select("poisson").run()
    assert handed["comparison"][3:5] == ("poisson", 10.0)
    assert "level" not in address(app)
    assert address(app)["noise"] == "poisson"
    assert address(app)["draw"] == "4"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "599"),
        ("image", "-1"),
        ("noise", "fog"),
        ("level", "7"),
        ("level", "nan"),
        ("down", "2"),
        ("draw", "-1"),
        ("draw", "1.5"),
        ("input", "../../etc/passwd"),
        ("dataset", "cifar"),
    ],
)
def test_a_link_that_cannot_be_followed_says_so_and_shows_the_usual(handed, name, value):
    app = opened(**{name: value}).run()
    assert not app.exception
    assert any(value in warning.value for warning in app.warning)
    if name != "dataset":
        assert handed["comparison"][2:-1] == ("digits", "gaussian", 0.5, "test image 0")


def test_a_new_draw_is_other_noise_on_the_same_image(handed):
    app = opened().run()
    clean, before, *_ = handed["comparison"]
    next(button for button in app.button if button.label == "New draw").click().run()
    again, after, *_ = handed["comparison"]
    np.testing.assert_array_equal(clean, again)
    assert np.abs(before - after).max() > 0.5
    assert address(app)["draw"] == "1"


def test_another_one_is_the_next_of_its_class(handed):
    app = opened(image="5").run()
    labels = datasets.load_images("digits", "test").labels
    next(button for button in app.button if button.label == "Next image of this class").click().run()
    found = int(address(app)["image"])
    assert found > 5
    assert labels[found] == labels[5]
    assert labels[5] not in labels[6:found]


def test_choosing_a_class_shows_an_image_of_it(handed):
    app = opened().run()
    next(box for box in app.selectbox if box.label == "Class").select(4).run()
    index = int(address(app)["image"])
    assert datasets.load_images("digits", "test").labels[index] == 4
    assert handed["comparison"][5] == f"test image {index}"


def test_the_next_of_a_class_begins_again_after_the_last():
    labels = np.array([3, 1, 3, 2])
    assert [following(labels, index, 3) for index in range(4)] == [2, 2, 0, 0]
    assert following(labels, 1, 1) == 1


def test_a_drawing_becomes_an_image_of_the_data_set_with_its_steps_shown(handed):
    app = with_drawing(DRAWING)
    assert not app.exception
    clean, _, *rest = handed["comparison"]
    assert clean.shape == (8, 8, 1)
    assert rest[-2] == "drawing"
    assert np.flatnonzero(clean[..., 0].any(1)).tolist() == list(range(8))
    shown = " ".join(block.proto.body for block in app.get("html"))
    assert "2. Cropped to what stands out" in shown
    assert "Centred by box in 8×8" in shown


def test_turned_off_a_drawing_is_only_resized(handed):
    with_drawing(DRAWING, fitted="False")
    clean = handed["comparison"][0][..., 0]
    np.testing.assert_allclose(clean, averaged(DRAWING), atol=2 / 255)


def averaged(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).resize((8, 8), Image.Resampling.BOX)) / 255


@pytest.mark.parametrize("way", ["draw", "upload"])
def test_before_there_is_an_image_the_page_says_what_to_do_and_the_curve_stands(handed, way):
    app = opened(input=way).run()
    assert not app.exception
    assert "Once there is an image" in app.info[0].value
    assert "comparison" not in handed
    assert handed["curve"] == ("digits", "gaussian")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no picture", "it is not in a format that is read"),
        (bytes(11 * 1024**2), "at most 10 MB are read"),
        (png(Image.new("L", (5200, 5000))), "at most 25 million are read"),
        (png(Image.new("RGB", (40, 40), "white")), "nothing stands out from its background"),
    ],
)
def test_a_bad_upload_is_answered_by_a_sentence_and_the_rest_stands(handed, content, sentence):
    app = with_upload(content)
    assert not app.exception
    assert sentence in app.error[0].value
    assert app.error[0].value.startswith("This picture cannot be used: ")
    assert "comparison" not in handed
    assert handed["curve"] == ("digits", "gaussian")
    assert app.selectbox


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_an_upload_in_an_odd_mode_is_prepared(handed, mode):
    page = Image.fromarray(255 - DRAWING)
    image = Image.fromarray((255 - DRAWING).astype(np.uint16) * 257) if mode == "I;16" else page.convert(mode)
    app = with_upload(png(image))
    assert not app.error
    clean = handed["comparison"][0]
    assert clean[..., 0].any(1).all()
    assert clean.max() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("section", [comparison, curve])
def test_trouble_in_one_section_is_a_sentence_and_the_others_stand(handed, monkeypatch, section):
    def fail(*given: object) -> None:
        raise BadValue("level", 7, "smaller")

    monkeypatch.setattr(section, "show", fail)
    app = opened().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["level cannot be 7: it must be smaller."]
    assert len(handed) == 1


def test_without_the_images_drawing_is_offered_first_and_the_download_once_whatever_is_chosen(
    handed, monkeypatch
):
    monkeypatch.setattr(cached_reads, "images_are_here", lambda dataset, split="test": False)
    app = opened().run()
    assert any("Once there is an image" in info.value for info in app.info)
    for one in (app, opened(input="test").run()):
        assert "not on this machine, so there is no test image to denoise" in one.info[0].value
        assert [button.label for button in one.button].count("Download Digits 8×8") == 1
