"""The offer to download images: there where it works, and with a reason where it is switched off."""

import threading
import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from aecore.errors import DataMissing
from dashboard.services import background, engine
from dashboard.shared.plain_text import as_text

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"


def page():
    from dashboard.shared.dataset_download import offer_download

    offer_download("mnist", "there is nothing to train on yet")


@pytest.fixture
def opened():
    return lambda: AppTest.from_function(page, default_timeout=60).run()


def test_a_button_offers_the_images(opened):
    app = opened()
    assert [(button.label, button.disabled) for button in app.button] == [("Download MNIST", False)]
    assert app.button[0].help == "10 MB; everything else works without it."
    assert not app.caption


def test_where_what_is_stored_is_only_shown_the_button_says_why_it_does_nothing(opened, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = opened()
    assert [(button.label, button.disabled) for button in app.button] == [("Download MNIST", True)]
    assert "downloading is switched off" in app.caption[0].value
    assert not app.exception


@pytest.mark.parametrize(
    ("name", "times"),
    {"explore": 0, "compare": 0, "generate": 1, "denoise": 1, "train": 1, "data": 0}.items(),
)
def test_every_page_that_lacks_training_images_offers_them_once(name, times, monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.query_params["dataset"] = "mnist"
    app.run()
    app = app if name == "explore" else app.switch_page(f"app_pages/{name}.py").run()
    assert not app.exception
    assert [button.label for button in app.button].count("Download MNIST") == times
    assert any("MNIST training images are not on" in info.value for info in app.info) == bool(times)


def over(app: AppTest) -> AppTest:
    """The page once the download has come to an end."""
    end = time.monotonic() + 60
    while not background.jobs().get("download-mnist").is_over:
        assert time.monotonic() < end
        time.sleep(0.01)
    return app.run()


def test_a_failed_download_leaves_its_sentence_and_the_button_and_no_bar(opened, monkeypatch):
    refused = DataMissing("MNIST", ["a"], ["https://one/"], Path("/data"), "no network")
    asked = []

    def fails(dataset, progress):
        asked.append(dataset)
        progress(1, 2)
        raise refused

    monkeypatch.setattr(engine, "download", fails)
    background.jobs.clear()
    app = opened()
    for times in (1, 2):
        app.button[0].click().run()
        over(app)
        assert [error.value for error in app.error] == [as_text(refused)]
        assert not app.get("progress")
        assert [button.label for button in app.button] == ["Download MNIST"]
        assert len(asked) == times
    background.jobs.clear()


def test_a_download_is_one_however_many_ask_for_it_and_stop_ends_it(opened, monkeypatch):
    asked, may_go_on = [], threading.Event()

    def lasts(dataset, progress):
        asked.append(dataset)
        assert may_go_on.wait(60)
        progress(1, 2)
        pytest.fail("it goes on")

    monkeypatch.setattr(engine, "download", lasts)
    background.jobs.clear()
    first, second = opened(), opened()
    for app in (first, second):
        app.button[0].click().run()
        assert [button.label for button in app.button] == ["Stop"]
    first.button[0].click().run()
    may_go_on.set()
    assert [button.label for button in over(first).button] == ["Download MNIST"]
    assert asked == ["mnist"]
    background.jobs.clear()
