"""Images that are damaged, broken or of many classes: a sentence on every page, and the rest alive."""

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from aecore import datasets, jobs, registry, runs
from aecore.errors import AecoreError
from aecore.models import variants
from aecore.storage.store import RunStore
from dashboard.components.draw_pad import SIDE
from dashboard.figures.projection import projection_map
from dashboard.figures.template import COLOURS, class_colours
from dashboard.services import cached_reads
from dashboard.shared import error_message
from tests.conftest import dropping_data_sets, idx_files, quick
from tests.shown_samples import shown_samples

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
PAGES = ("explore", "compare", "generate", "denoise", "train")
DAMAGED = "t10k-images-idx3-ubyte is damaged"


@pytest.fixture(autouse=True)
def nothing_cached():
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    return app if page == "explore" else app.switch_page(f"app_pages/{page}.py").run()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.error, *app.info, *app.warning])


@pytest.fixture
def truncated(monkeypatch, tmp_path):
    """MNIST's files, of which the test images are cut off."""
    files = idx_files("mnist")
    if not files.is_present("train", datasets.data_root()):
        pytest.skip("MNIST is not here")
    shutil.copytree(files.folder(datasets.data_root()), files.folder(tmp_path))
    path = files.folder(tmp_path) / "t10k-images-idx3-ubyte"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:5000])
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))


@pytest.mark.parametrize("page", PAGES)
def test_a_truncated_file_is_said_on_every_page_and_the_rest_stands(truncated, page):
    app = opened(page, dataset="mnist")
    assert not app.exception
    assert DAMAGED in said(app)
    assert "not on this machine" not in said(app)
    assert not [button for button in app.button if button.label.startswith("Download")]
    rest = {
        "explore": lambda: app.tabs,
        "compare": lambda: app.tabs,
        "generate": lambda: len(shown_samples(app)[0]["images"]),
        "denoise": lambda: app.get("button_group"),
        "train": lambda: app.number_input,
    }
    assert rest[page]()


def test_a_drawing_is_denoised_where_the_test_images_are_damaged(truncated):
    drawing = np.zeros((SIDE, SIDE), np.uint8)
    drawing[20:120, 60:80] = 255
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.query_params["dataset"] = "mnist"
    app.session_state["kept_drawing"] = base64.b64encode(drawing.tobytes()).decode()
    app.run().switch_page("app_pages/denoise.py").run()
    assert not app.exception
    assert DAMAGED in said(app)
    assert any("PSNR" in element.value for element in app.markdown)


def test_mended_images_are_found_again(truncated, monkeypatch):
    assert not cached_reads.images_are_here("mnist")
    monkeypatch.delenv("AECORE_DATA")
    assert cached_reads.image_trouble("mnist") == ""


BROKEN = {
    "labels from 1": ({"first_label": 1}, "labels run from 1 to 10"),
    "four channels": ({"shape": (8, 8, 4)}, "images have 4 channels"),
    "ten images": ({"count": 10}, "there are 10 images"),
    "an empty split": ({"count": 0}, "there are 0 images"),
    "no data set": ({"code": "TITLE = 'No more'"}, ""),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_data_set_is_said_and_nothing_can_be_trained_on_it(made_data_set, own_runs, kind):
    settings, sentence = BROKEN[kind]
    made_data_set("broken", **settings)
    for page in PAGES:
        app = opened(page, dataset="broken")
        assert not app.exception, page
    assert sentence in said(app)
    assert not [button for button in app.button if button.label == "Train"]


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize("kind", BROKEN)
def test_an_unfinished_job_of_a_broken_data_set_leaves_the_train_page_alive(made_data_set, own_runs, kind):
    made_data_set("broken")
    jobs.submit(variants.configure("vae", "broken", epochs=2), by="test")
    made_data_set("broken", **BROKEN[kind][0])
    app = opened("train", dataset="digits")
    assert not app.exception
    assert any("New training" in block.value for block in app.markdown)


@pytest.mark.usefixtures("no_worker")
def test_a_job_of_a_data_set_that_is_gone_leaves_the_train_page_alive(made_data_set, own_runs):
    made_data_set("gone")
    jobs.submit(variants.configure("vae", "gone", epochs=2), by="test")
    (Path(datasets.__path__[-1]) / "gone.py").unlink()
    registry._listed.cache_clear()
    app = opened("train", dataset="digits")
    assert not app.exception
    assert any("New training" in block.value for block in app.markdown)


MANY = {"name": "many", "classes": 47, "count": 188}


@pytest.fixture(scope="module")
def runs_of_many(tmp_path_factory):
    """A folder with two runs of a data set of 47 classes."""
    folder, store = tmp_path_factory.mktemp("many"), RunStore(tmp_path_factory.mktemp("runs"))
    with pytest.MonkeyPatch.context() as patch, dropping_data_sets(folder, patch) as make:
        make(**MANY)
        for variant in ("vae", "conditional_vae"):
            runs.train(variant, "many", store=store, **quick(variant, 1))
    return store.root


@pytest.fixture
def many_classes(runs_of_many, made_data_set, own_runs, monkeypatch):
    """They as the reader's own, and their data set."""
    made_data_set(**MANY)
    monkeypatch.setenv("AECORE_RUNS", str(runs_of_many))


@pytest.mark.parametrize("page", PAGES)
def test_47_classes_are_shown_on_every_page(many_classes, page):
    app = opened(page, dataset="many")
    assert not app.exception
    assert not app.error


def test_47_classes_are_told_apart_on_a_map():
    labels = np.arange(47)
    figure = projection_map(np.zeros((47, 2)), labels, [str(label) for label in labels], "t-SNE")
    looks = [(trace.marker.color, trace.marker.symbol) for trace in figure.data]
    assert len(set(looks)) == 47
    assert len(set(class_colours(COLOURS))) == COLOURS


def test_trouble_of_a_part_is_said_in_its_place():
    def page():
        import streamlit as st

        from aecore.errors import BadPicture
        from dashboard.shared import error_message

        @st.fragment
        @error_message.said
        def part():
            if st.button("Again"):
                raise BadPicture("it is black", "Choose another.")

        part()
        st.markdown("the rest")

    app = AppTest.from_function(page).run()
    app.button[0].click().run()
    assert not app.exception
    assert "it is black" in app.error[0].value
    assert app.markdown[0].value == "the rest"


def test_what_is_no_error_of_ours_is_not_hidden():
    def fails():
        raise KeyError("ours to mend")

    with pytest.raises(KeyError):
        error_message.said(fails)()
    assert issubclass(AecoreError, Exception)
