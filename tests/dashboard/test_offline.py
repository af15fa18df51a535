"""A fresh machine without a network: no folder of images, an empty cache, and every page has its images."""

import socket
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.services import cached_reads

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
NO_TRAINING_IMAGES = "training images are not on this machine"


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    """No images but those that came with the product, and no way to any other machine."""

    def refuse(self, address, *rest):
        pytest.fail(f"it asked for {address}")

    monkeypatch.delenv("AECORE_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    _forget()
    yield
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    app = app if page == "explore" else app.switch_page(f"app_pages/{page}.py").run()
    assert not app.exception
    assert not app.error
    return app


def told(app: AppTest) -> list[str]:
    return [element.value for element in [*app.info, *app.warning]]


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("page", ["explore", "compare"])
def test_pages_that_show_codes_lack_nothing(page, dataset):
    app = opened(page, dataset=dataset)
    assert cached_reads.images_are_here(dataset)
    assert told(app) == []
    assert not [button for button in app.button if button.label.startswith("Download ")]


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_generate_holds_samples_against_test_images_and_says_so(dataset):
    app = opened("generate", dataset=dataset)
    words = "\n".join(element.value for element in app.caption)
    assert "of all 10,000 test images" in words
    assert "would not show" in words
    title = cached_reads.dataset_titles()[dataset]
    assert told(app) == [f"The {title} {NO_TRAINING_IMAGES}, so copies of them cannot be looked for."]


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_denoise_has_a_test_image_every_model_and_every_filter(dataset):
    app = opened("denoise", dataset=dataset)
    assert app.number_input(key="image").value == 0
    assert app.number_input(key="image").help == "One of 10,000, counted from 0."
    title = cached_reads.dataset_titles()[dataset]
    lacks = f"The {title} {NO_TRAINING_IMAGES}, so "
    assert [sentence for sentence in told(app) if not sentence.startswith("No class is shown. ")] == [
        f"{lacks}filters stand at their usual parameters, nothing is debiased and there is no linear ridge.",
        f"{lacks}the curve has only models: all else on it is fitted to them.",
    ]
    assert [button.label for button in app.button].count(f"Download {title}") == 1
    assert [button.label for button in app.button if button.label.startswith("Work out")]
    (cards,) = [one for one in app.get("bidi_component") if one.proto.component_name == "denoiser_cards"]
    for title in (b"Non-local means", b"Convolutional denoising", b"Stacked denoising"):
        assert title in cards.proto.bytes


def test_train_opens_on_the_digits_and_offers_the_others_beside():
    app = opened("train")
    assert app.selectbox(key="dataset").value == "digits"
    assert [button.disabled for button in app.button if button.label == "Train"] == [False]
    offered = [button.label for button in app.button if button.label.startswith("Download ")]
    assert offered == ["Download MNIST", "Download Fashion-MNIST"]


def test_a_link_or_a_choice_of_another_data_set_is_followed_on_train_and_the_offer_stands_there():
    app = opened("train", dataset="fashion_mnist")
    assert app.selectbox(key="dataset").value == "fashion_mnist"
    assert [button.label for button in app.button if button.label.startswith("Download ")] == [
        "Download Fashion-MNIST"
    ]
    app = opened("train")
    app.selectbox(key="dataset").select("mnist").run()
    assert app.selectbox(key="dataset").value == "mnist"
    assert [button.label for button in app.button].count("Download MNIST") == 1


@pytest.mark.parametrize("section", ["Prior samples", "Interpolation", "Projections"])
def test_sections_of_compare_say_at_most_what_needs_training_images(section):
    app = opened("compare", dataset="mnist", section=section)
    assert all(NO_TRAINING_IMAGES in sentence for sentence in told(app))
