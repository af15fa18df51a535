"""The Data page without a browser: what it offers and refuses, and what its tables say."""

from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import aecore
from aecore import datasets
from aecore.datasets import _imported
from aecore.errors import NotYours
from aecore.importers import removal, sheets
from aecore.importers.settings import TEST_SHARE, check_name
from aecore.importers.sheets import ClassSheet
from aecore.jobs import estimate
from aecore.models import build
from aecore.storage import ownership
from aecore.storage.store import RunStore
from dashboard.data import detail, form, upload
from dashboard.figures.contact_sheet import contact_sheet
from dashboard.services import engine, visitors
from tests.addresses import address

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
PIXELS = np.random.default_rng(0).integers(0, 256, (150, 8, 8, 3), dtype=np.uint8)


def opened(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page("app_pages/data.py")
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.success, *app.info]
    return "\n".join([*(part.value for part in parts), *(part.proto.body for part in app.get("html"))])


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.fixture
def own() -> str:
    return aecore.add_images(PIXELS, [f"<{k % 2}>"[1] for k in range(150)], name="own", title="My *own*").name


def test_where_there_is_nothing_of_one_s_own_the_page_teaches_what_can_be_brought():
    said = text(opened(dataset="digits"))
    for example in ("cats/1.png", "train/cats/1.png", "metadata.csv", ".npz", "train.parquet", "idx3-ubyte"):
        assert example in said
    assert "Up to 200,000 pictures" in said
    assert "Its test images." in said


def test_one_s_own_come_first_and_are_shown_with_how_they_were_read(own):
    app = opened()
    assert address(app)["dataset"] == own
    said = text(app)
    assert "cats/1.png" not in said
    assert "How it was read" in said
    for split, count in _imported.manifest(own)["counts"].items():
        assert f"{count} {split}" in said


def test_a_link_may_name_a_data_set_without_its_ending(own):
    aecore.add_images(PIXELS[:120], name="later")
    app = opened(dataset="own")
    assert address(app)["dataset"] == own
    assert not [warning.value for warning in app.warning]
    assert "is not here" in opened(dataset="nobody").warning[0].value


def test_a_data_set_is_deleted_and_brought_back(own):
    app = opened(dataset=own)
    app.button(key=f"delete-data-{own}").click().run()
    assert own not in datasets.names()
    assert "was deleted" in text(app)
    (one,) = removal.deleted()
    app.button(key=f"undo-data-{one.token}").click().run()
    assert own in datasets.names()
    assert address(app)["dataset"] == own


def test_another_one_is_shown_by_its_card(own):
    app = opened(dataset=own)
    app.button(key="look-at-digits").click().run()
    assert address(app)["dataset"] == "digits"


def test_where_what_is_stored_is_only_shown_nothing_can_be_changed(own, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = opened(dataset=own)
    assert "This server is public" in text(app)
    assert not {"Delete", "Rename", "Keep"} & set(labels(app))
    assert not app.get("file_uploader")


def test_a_damaged_data_set_is_named_and_can_be_deleted(own):
    (_imported.root() / own / "train.safetensors").write_bytes(b"none")
    st.cache_resource.clear()
    app = opened(dataset=own)
    assert "train.safetensors" in "".join(error.value for error in app.error)
    next(button for button in app.button if button.label == "Delete it").click().run()
    assert own not in datasets.names()


def test_only_who_brought_it_in_may_change_it_on_a_server_of_many(own, monkeypatch):
    monkeypatch.setattr(visitors, "may_change_all", lambda: False)
    monkeypatch.setattr(visitors, "owner", lambda: "0123456789abcdef")
    with pytest.raises(NotYours):
        detail._delete(own)
    with pytest.raises(NotYours):
        detail._rename(own, "field", "popover")
    app = opened(dataset=own)
    assert "Delete" not in labels(app)
    ownership.note(datasets.imported_root(), own, "0123456789abcdef")
    assert "Delete" in labels(opened(dataset=own))


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (["shapes.zip"], "shapes"),
        (["My Cats/1.png", "My Cats/2.png"], "My Cats"),
        (["1.png", "2.png"], "2 files"),
        (["t10k-images-idx3-ubyte.gz"], "t10k-images-idx3-ubyte"),
        (["<script>.npz"], "Images"),
        (["a" * 300 + ".zip"], "a" * 60),
    ],
)
def test_what_is_brought_is_called_by_its_folder_or_file(names, title):
    assert upload.title_of(names) == title


@pytest.mark.parametrize("title", ["My Cats!", "2 files", "Ä", "", "a" * 60, "x" * 27 + " y", "---", "_a_"])
def test_a_title_makes_a_name_that_can_be_kept(title):
    check_name(upload.name_of(title), "")


def test_a_share_that_was_not_touched_is_the_usual_one():
    assert form._share(round(100 * TEST_SHARE, 1), TEST_SHARE) == TEST_SHARE
    assert form._share(25.0, TEST_SHARE) == 0.25


def test_a_contact_sheet_has_a_row_for_each_class_with_its_counts_and_names_are_text():
    rows = [
        ClassSheet("<b>", {"train": 1234, "test": 5}, np.zeros((8, 8, 3), np.uint8), PIXELS[:3]),
        ClassSheet("none", {"train": 0, "test": 0}, None, PIXELS[:0]),
    ]
    drawn = contact_sheet(rows)
    assert drawn.count('<th scope="row">') == 2
    assert "1,234" in drawn
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn
    assert "Validation" not in drawn
    assert drawn.count("<img") == 2


def test_all_images_are_one_row_where_there_are_no_labels():
    (row,) = sheets.by_class({"train": datasets.Images(PIXELS)}, 4)
    assert (row.title, row.counts, len(row.pixels)) == ("All images", {"train": 150}, 4)


def test_a_quick_training_is_guessed_by_how_one_on_other_images_went(own_runs):
    assert engine.guess_quick((8, 8, 1), 400) is None
    config = engine.configure("vae", "digits", {})
    model = build.build_model(config, (8, 8, 1))
    estimate.learn_pace(config, model, 3.0, {stage.name: (0.5,) for stage in model.stages}, 2.0, RunStore())
    seconds, epochs, title = engine.guess_quick((8, 8, 1), 400)
    assert title == "Digits 8×8"
    assert seconds > 3
    assert epochs == engine.least_epochs(config, 400)
