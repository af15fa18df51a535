"""The offer to download images: there where it works, and with a reason where it is switched off."""

import pytest
from streamlit.testing.v1 import AppTest


def page():
    from dashboard.offers import offer_download

    offer_download("mnist", "MNIST", "only reconstructions are shown")


@pytest.fixture
def opened():
    return lambda: AppTest.from_function(page, default_timeout=60).run()


def test_a_button_offers_the_images(opened):
    app = opened()
    assert [(button.label, button.disabled) for button in app.button] == [("Download MNIST", False)]
    assert not app.caption


def test_where_what_is_stored_is_only_shown_the_button_says_why_it_does_nothing(opened, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = opened()
    assert [(button.label, button.disabled) for button in app.button] == [("Download MNIST", True)]
    assert "downloading is switched off" in app.caption[0].value
    assert not app.exception
