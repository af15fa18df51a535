"""Deep links: what a page writes into its address is short, readable, and the same for the same view."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from tests.addresses import address

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
PAGES = sorted(path.stem for path in (APP.parent / "app_pages").glob("[a-z]*.py"))
NAME = re.compile(r"[a-z][a-z_]*(\.[a-z_0-9]+)*")
LONGEST, LONGEST_OF_ANY = 400, 2000
"""Characters of an untouched page's parameters, and of any: what mail programs and chats leave whole."""
CHANGED = {
    "preset": "good",
    "set.latent_dim": "3",
    "set.epochs": "17",
    "set.learning_rate": "0.0123",
    "set.seed": "123456789",
    "set.batch_size": "333",
    "set.hidden": "[512, 384, 256, 128]",
    "set.beta": "0.123",
}


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    return app if page == "explore" else app.switch_page(f"app_pages/{page}.py").run()


@pytest.mark.parametrize("page", PAGES)
def test_the_address_of_an_untouched_page_is_short_and_made_of_words(page):
    app = opened(page)
    assert not app.exception
    found = address(app)
    assert found["dataset"]
    assert [name for name in found if not NAME.fullmatch(name)] == []
    assert len(urlencode(found)) <= LONGEST


def test_the_address_of_a_form_that_was_changed_throughout_can_be_sent():
    found = address(opened("train", dataset="digits", variant="vae", **CHANGED))
    assert {name for name in CHANGED if name in found} >= {"set.epochs", "set.seed", "set.hidden"}
    assert len(urlencode(found)) <= LONGEST_OF_ANY


def test_the_address_of_six_runs_side_by_side_can_be_sent():
    shipped = [
        run.run_id for run in RunStore(SHIPPED, SHIPPED).listing().runs if run.config.dataset == "mnist"
    ]
    found = address(opened("compare", dataset="mnist", runs=",".join(sorted(shipped)[:6])))
    assert found["runs"].count(",") == 5
    assert len(urlencode(found)) <= LONGEST_OF_ANY
