"""The offer to download images: there where it works, and with a reason where it is switched off."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from aecore.errors import DataMissing
from dashboard import engine


def page():
    from dashboard.offers import offer_download

    offer_download("mnist", "MNIST", "only reconstructions are shown")


@pytest.fixture
def opened():
    return lambda: AppTest.from_function(page, default_timeout=60).run()


def test_a_button_offers_the_images(opened):
    app = opened()
    assert [(button.label, button.disabled) for button in app.button] == [("Download MNIST", False)]
    assert app.button[0].help == "12 MB; everything works without it."
    assert not app.caption


def test_where_what_is_stored_is_only_shown_the_button_says_why_it_does_nothing(opened, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = opened()
    assert [(button.label, button.disabled) for button in app.button] == [("Download MNIST", True)]
    assert "downloading is switched off" in app.caption[0].value
    assert not app.exception


def test_a_failed_download_leaves_its_sentence_and_the_button_and_no_bar(opened, monkeypatch):
    refused = DataMissing("MNIST", ["a"], ["https://one/"], Path("/data"), "no network")
    asked = []

    def fails(dataset, progress):
        asked.append(dataset)
        progress(1, 2)
        raise refused

    monkeypatch.setattr(engine, "download", fails)
    app = opened()
    for times in (1, 2):
        app.button[0].click().run()
        assert [error.value for error in app.error] == [str(refused)]
        assert not app.get("progress")
        assert [button.label for button in app.button] == ["Download MNIST"]
        assert len(asked) == times
