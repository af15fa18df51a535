"""A data set without labels, one file dropped in: every page shows its runs and says what it lacks."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy
from streamlit.testing.v1 import AppTest

from aecore import datasets, runs
from aecore.analysis import projection
from aecore.jobs import snapshot
from aecore.models import cards, inference, variants
from aecore.storage import replay
from aecore.storage.store import RunStore
from dashboard.explore import card
from dashboard.figures.export import codes_table
from dashboard.figures.projection import projection_map
from dashboard.services import background, cached_reads
from dashboard.shared.replay import packed_rewind
from dashboard.train.live_plane import packed_live
from tests.conftest import dropping_data_sets, quick
from tests.shown_samples import captions

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = {"vae": 2, "ae": 4, "denoising": 2, "sparse": 8}
PROMISES = re.compile(
    r"coloured by class|recognise|seen as|knn|units by class|of the class|decode test: does", re.IGNORECASE
)
"""What pages say where there are classes."""


@pytest.fixture(scope="module")
def pebbles(tmp_path_factory):
    """A store with runs on small colour images without labels, whose data set is there."""
    folder, store = tmp_path_factory.mktemp("pebbles"), RunStore(tmp_path_factory.mktemp("runs"))
    with pytest.MonkeyPatch.context() as patch, dropping_data_sets(folder, patch) as make:
        make("pebbles", title="Pebbles", classes=0, shape=(32, 32, 3), count=120)
        for variant, width in WIDTHS.items():
            runs.train(variant, "pebbles", store=store, **quick(variant) | {"latent_dim": width})
        yield store


@pytest.fixture(autouse=True)
def stored(pebbles, own_runs, monkeypatch):
    """The runs, by variant, as the reader's own."""
    monkeypatch.setenv("AECORE_RUNS", str(pebbles.root))
    cached_reads._listing.clear()
    yield {run.config.variant: run for run in pebbles.listing().runs}
    cached_reads._listing.clear()


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    for name, value in ({"dataset": "pebbles"} | parameters).items():
        app.query_params[name] = value
    app.switch_page(f"app_pages/{page}.py")
    app.run()
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> str:
    """All that a page says: words, and the names of what it offers to choose."""
    texts = [app.markdown, app.caption, app.info, app.warning, app.metric, app.selectbox, app.toggle]
    words = [getattr(one, "value", "") for kind in texts for one in kind] + [one.label for one in app.metric]
    html = [one.proto.body for one in app.get("html")]
    return re.sub('base64,[^"]*', "", "\n".join(map(str, [*words, *html])))


def metadata(packed: bytes, key: str) -> dict:
    length = int.from_bytes(packed[:8], "little")
    return json.loads(json.loads(packed[8 : 8 + length])["__metadata__"][key])


# The pages


@pytest.mark.parametrize("variant", WIDTHS)
def test_explore_says_that_all_dots_have_one_colour_and_which_numbers_are_left_out(stored, variant):
    app = opened(
        "explore", variant=variant, run=stored[variant].run_id, about="Numbers", numbers="Latent space"
    )
    assert "all of one colour, since they have no labels" in said(app)
    assert "The images of Pebbles have no labels, so numbers that need classes are left out." in said(app)
    assert not PROMISES.findall(said(app).split("##")[0])
    assert not [one for one in app.metric if "kNN" in one.label]


SENTENCES = {
    "Coverage": "so the decode test and the classes of a code's neighbours are left out",
    "Prior samples": "so no classifier can say what these show",
    "Interpolation": "so no classifier can say what these show",
    "Projections": "so no map says how many neighbours share their class",
}


@pytest.mark.parametrize("section", SENTENCES)
def test_each_section_of_compare_opens_and_says_what_it_lacks(stored, section, monkeypatch):
    for method in ("tsne", "pca"):
        projection.project(projection.configure(stored["ae"], method))
    several = ",".join(stored[name].run_id for name in ("ae", "vae", "denoising"))
    maps = {"mapped": stored["ae"].run_id, "method": "pca"}
    monkeypatch.setattr(background.Jobs, "start", lambda self, *begin, **settings: None)
    app = opened("compare", runs=several, section=section, **maps)
    assert "They have no labels, so all are of one colour." in said(app)
    assert SENTENCES[section] in said(app)
    assert not PROMISES.findall(said(app))
    assert "Class" not in [one.label for one in app.selectbox]


def test_planes_that_are_coloured_otherwise_are_not_said_to_be_of_one_colour(stored):
    several = ",".join(stored[name].run_id for name in ("ae", "vae"))
    app = opened("compare", runs=several, colour="error")
    assert "of one colour" not in said(app)
    assert "coloured by its reconstruction error, on one scale for all planes" in said(app)


def test_the_next_end_of_a_path_is_the_next_image(stored):
    several = ",".join(stored[name].run_id for name in ("ae", "vae"))
    app = opened("compare", runs=several, section="Interpolation")
    assert [one.value for one in app.number_input] == [0, 1]
    next(one for one in app.button if one.label == "Next").click().run()
    assert app.number_input[0].value == 1


def test_generate_draws_with_the_nearest_images_beside_and_names_no_class(stored):
    app = opened("generate", variant="vae", run=stored["vae"].run_id)
    assert re.match(r"distance 0\.\d{3}\nimage \d+\n", captions(app))
    assert not PROMISES.findall(said(app))


def test_denoise_chooses_an_image_by_its_number_and_says_that_nothing_is_seen(stored):
    app = opened("denoise", models=stored["denoising"].run_id)
    assert "so no classifier says what is seen in an image" in said(app)
    assert "Class" not in [one.label for one in app.selectbox]
    assert not PROMISES.findall(said(app))
    next(one for one in app.button if one.label == "Next image").click().run()
    assert app.number_input(key="image").value == 1
    assert app.number_input(key="image").help == "One of 120, counted from 0."


@pytest.mark.parametrize("variant", ["conditional_vae", "supervised_aae", "semi_supervised_aae"])
def test_train_says_why_a_variant_cannot_be_chosen_and_offers_no_button(variant):
    app = opened("train", variant=variant)
    title = variants.module(variant).TITLE
    assert f"The {title} needs labels, and the images of Pebbles have none." in said(app)
    assert not [one for one in app.button if one.label == "Train"]


def test_train_offers_the_others():
    app = opened("train", variant="conv_vae")
    assert [one.disabled for one in app.button if one.label == "Train"] == [False]


# What travels to the browser


def test_the_plane_has_one_colour_and_no_classes(stored):
    packed = cached_reads.packed_plane(stored["vae"].path)
    assert metadata(packed, "plane")["classes"] == []
    assert not safetensors.numpy.load(packed)["labels"].any()
    shared = cached_reads.shared_images("pebbles", None, stored["vae"])
    assert metadata(shared, "images")["classes"] == []
    assert len(safetensors.numpy.load(shared)["labels"]) == 120


def test_the_epochs_are_looked_back_at_without_classes(stored):
    path = stored["vae"].rewind_path
    packed = packed_rewind(stored["vae"].path, path.stat().st_mtime_ns)
    about = metadata(packed, "rewind")
    assert (about["classes"], about["images"], about["total_images"]) == ([], list(range(8)), 120)


def test_the_newest_epoch_of_a_training_is_shown_without_classes(stored, tmp_path):
    model = runs.Run(stored["vae"]).model
    test = inference.on_device(datasets.load_images("pebbles", "test"), next(model.parameters()).device)
    replay.write_frame(tmp_path / "000001", snapshot.take_snapshot(model, test, 1, is_exact=True))
    about = metadata(
        packed_live(tmp_path / "000001", 0, "mine", "pebbles", 2, None, True, stored["vae"].config), "rewind"
    )
    assert (about["classes"], about["images"]) == ([], list(range(8)))


# What is taken home


def test_a_chart_has_one_trace_and_no_legend():
    positions = np.random.default_rng(0).normal(size=(60, 2))
    (trace,) = projection_map(positions, None, (), "mine").data
    assert not trace.showlegend
    assert trace.hovertemplate == "image %{customdata}<extra></extra>"
    assert len(trace.x) == 60


def test_exported_codes_have_no_column_of_classes(stored):
    run = stored["ae"]
    assert list(codes_table(run.arrays["codes"], run.labels, run.classes)) == [
        "index",
        "z1",
        "z2",
        "z3",
        "z4",
    ]


def test_a_variant_that_needs_labels_says_so_in_the_place_of_a_command_that_would_be_refused():
    app = opened("explore", variant="supervised_aae")
    options = app.selectbox(key="variant").options
    assert sum(option.endswith("· needs labels") for option in options) == len(
        [name for name in variants.names() if cards.needs_labels(name)]
    )
    assert "needs labels, and the images of Pebbles have none" in app.info[0].value
    assert "aecore train" not in app.info[0].value
    assert "aecore train lstm pebbles" in opened("explore", variant="lstm").info[0].value


def test_what_is_to_be_tried_on_classes_is_left_out(stored, monkeypatch):
    shown = []
    monkeypatch.setattr(card, "show_things_to_try", shown.extend)
    monkeypatch.setattr(card.collapse, "of_run", lambda metrics, width: SimpleNamespace(is_total=False))
    card.show_card("vae", stored["vae"])
    every = cards.card("vae").try_
    assert shown == [text for text in every if "class" not in text]
    assert 0 < len(shown) < len(every)
