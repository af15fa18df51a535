"""The sections on prior samples and interpolation: what they draw, say and refuse."""

import shutil
import time
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import datasets, runs
from aecore.evaluation import sample_classifier
from aecore.latent import sampling
from aecore.metrics.decoded_prior import recognised
from aecore.storage.settings import user_root
from aecore.storage.store import RunStore
from dashboard.compare import interpolation, samples
from dashboard.figures.path import PathLine, path_chart
from dashboard.services import background, engine
from tests.addresses import address

VARIANTS = ("ae", "vae", "conditional_vae")
PROSE = ("markdown", "caption", "info", "error", "warning")


@pytest.fixture(scope="module")
def shop(finished_store, tmp_path_factory) -> RunStore:
    """The small runs of a few variants, with the judge of the digits beside them."""
    root = tmp_path_factory.mktemp("compared") / "runs"
    for variant in VARIANTS:
        path = finished_store.open(f"digits-{variant}-z2").path
        shutil.copytree(path, root / path.name)
    store = RunStore(root)
    sample_classifier.judge("digits", store=store)
    return store


@pytest.fixture
def in_shop(shop, monkeypatch) -> RunStore:
    """The person's own runs are those of the shop."""
    monkeypatch.setenv("AECORE_RUNS", str(shop.root))
    return shop


def section(name: str, folders: list[str]) -> None:
    """A page that shows one section; run by AppTest, hence its imports."""
    from importlib import import_module
    from pathlib import Path

    import streamlit as st

    from aecore.storage.run import read_manifest
    from dashboard.state import session

    chosen = [read_manifest(Path(folder)) for folder in folders]
    import_module(f"dashboard.compare.{name}").show(chosen, "digits")
    for sentence in session.take_notices():
        st.warning(sentence)


def opened(name: str, *variants: str, **parameters: str) -> AppTest:
    """A section with the person's own runs of some variants, opened by a link."""
    own = RunStore(user_root())  # the shipped ones would come first under these names
    folders = [str(own.open(f"digits-{variant}-z2").path) for variant in variants]
    app = AppTest.from_function(section, kwargs={"name": name, "folders": folders}, default_timeout=60)
    for key, value in parameters.items():
        app.query_params[key] = value
    return app.run()


def prose(app: AppTest) -> str:
    return "\n".join(element.value for kind in PROSE for element in app.get(kind))


def pictures(app: AppTest) -> int:
    return len(app.get("image"))


# Prior samples


def test_each_run_has_a_grid_and_one_without_a_prior_two_more(in_shop):
    app = opened("samples", "ae", "vae")
    assert not app.exception
    assert pictures(app) == 4
    said = prose(app)
    assert "from N(0, I), though it has no prior" in said
    assert "from its prior, N(0, I)" in said
    assert "from a Gaussian fitted to its codes" in said
    assert "from 10 Gaussians fitted to its codes" in said
    assert "Nothing told the **Autoencoder** where to put its codes" in said


def test_runs_that_all_have_a_prior_get_no_lecture(in_shop):
    app = opened("samples", "vae", "conditional_vae")
    assert pictures(app) == 2
    assert "without a prior" not in prose(app)


def test_every_share_says_what_it_was_counted_over_and_what_real_images_reach(in_shop):
    said = prose(opened("samples", "vae", "conditional_vae"))
    assert said.count(f"n = {samples.DRAWN:,} samples, seed 0") == 2
    assert "higher is better, up to what real images reach" in said
    assert "0 to 100 %, lower is better" in said
    assert "real test images reach" in said


def test_the_share_recognised_is_that_of_the_judge(in_shop):
    run = in_shop.open("digits-vae-z2")
    codes = sampling.standard_noise(samples.DRAWN, 2, 5)
    drawn = runs.Run(run).decode(codes)
    found = sample_classifier.probabilities("digits", np.rint(drawn * 255).astype(np.float32) / 255)
    share = recognised(found).mean()
    said = prose(opened("samples", "vae", "conditional_vae", prior_noise="5"))
    assert f"**{share:.1%}** recognised ↑" in said


def test_new_noise_is_another_seed_and_stands_in_the_address(in_shop):
    app = opened("samples", "vae")
    before = prose(app)
    app.button[0].click().run()
    assert address(app)["prior_noise"] == "1"
    assert "samples, seed 1" in prose(app) != before


def test_a_seed_that_is_none_is_told_and_left_out(in_shop):
    app = opened("samples", "vae", prior_noise="-3")
    assert "The link asks for the noise '-3'" in prose(app)
    assert app.number_input[0].value == 0


def test_the_same_noise_goes_through_decoders_of_one_size(in_shop):
    codes = [
        samples.drawn(run.path, "prior", 3, run)[0]
        for run in (in_shop.open("digits-ae-z2"), in_shop.open("digits-vae-z2"))
    ]
    assert (codes[0] == codes[1]).all()


def test_a_decoder_that_is_given_a_class_draws_each_column_as_one(in_shop):
    run = in_shop.open("digits-conditional_vae-z2")
    classes = samples.classes_of(run, 60).reshape(samples.ROWS, samples.COLUMNS)
    assert (classes == np.arange(10)).all()
    assert samples.classes_of(in_shop.open("digits-vae-z2"), 60) is None
    codes, images = samples.drawn(run.path, "prior", 0, run)
    expected = runs.Run(run).decode(codes[:60], classes.ravel())
    assert np.abs(images[:60] / 255 - expected).max() <= 0.5 / 255 + 1e-6


def test_prior_samples_say_in_what_way_the_noise_is_the_same(in_shop):
    assert "next class, from the left" in prose(opened("samples", "vae", "conditional_vae"))
    assert "next class" not in prose(opened("samples", "ae", "vae"))


# The judge


def waited(app: AppTest, key: str) -> AppTest:
    deadline = time.monotonic() + 60
    while not background.jobs().get(key).is_over:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return app.run()


def test_a_judge_that_is_not_kept_is_trained_in_the_background(in_shop, monkeypatch, tmp_path):
    alone = RunStore(tmp_path / "alone")
    shutil.copytree(in_shop.open("digits-vae-z2").path, alone.root / in_shop.open("digits-vae-z2").run_id)
    monkeypatch.setenv("AECORE_RUNS", str(alone.root))
    app = opened("samples", "vae")
    assert not app.exception
    assert pictures(app) == 1
    assert "recognised" not in prose(app)
    assert "recognised" in prose(waited(app, "judge-digits"))
    assert sample_classifier.is_kept("digits")


@pytest.mark.parametrize("name", ["samples", "interpolation"])
def test_without_images_it_says_what_is_left_out_and_shows_the_rest(in_shop, monkeypatch, name):
    monkeypatch.setattr(engine, "has_judge", lambda dataset: False)
    monkeypatch.setattr(datasets, "is_present", lambda name, split: False)
    app = opened(name, "ae", "vae")
    assert not app.exception
    assert "are not on this machine, so how sure a classifier is" in prose(app)
    assert "sure ↑" not in prose(app)
    assert "onfidence" not in prose(app)


# Damaged runs


@pytest.mark.parametrize("file", ["codes.safetensors", "weights.safetensors"])
@pytest.mark.parametrize("name", ["samples", "interpolation"])
def test_a_damaged_run_says_so_and_the_others_are_shown(shop, monkeypatch, tmp_path, name, file):
    own = RunStore(shutil.copytree(shop.root, tmp_path / "own"))
    monkeypatch.setenv("AECORE_RUNS", str(own.root))
    path = own.open("digits-ae-z2").path / file
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    app = opened(name, "ae", "vae", "conditional_vae")
    assert not app.exception
    assert f"{file} is not what was written" in prose(app)
    assert "from its prior, N(0, I)" in prose(app) or "Distance: " in prose(app)


# Interpolation


def test_an_interpolation_begins_with_the_first_images_of_two_classes(in_shop):
    app = opened("interpolation", "ae", "vae")
    assert not app.exception
    labels = in_shop.open("digits-ae-z2").arrays["labels"]
    first, second = (int(box.value) for box in app.number_input)
    assert first == 0
    assert labels[second] != labels[0]
    assert (labels[1:second] == labels[0]).all()


def test_the_ends_are_the_shared_image_and_the_second_one(in_shop):
    app = opened("interpolation", "ae", "vae", image="7", to="12")
    assert [box.value for box in app.number_input] == [7, 12]
    labels = in_shop.open("digits-ae-z2").arrays["labels"]
    assert [box.value for box in app.selectbox] == [labels[7], labels[12]]


def test_a_class_leads_to_its_first_image_and_next_to_its_next(in_shop):
    labels = in_shop.open("digits-ae-z2").arrays["labels"]
    of_class = np.flatnonzero(labels == 4)
    app = opened("interpolation", "ae", "vae")
    app.selectbox[1].select(4).run()
    assert app.number_input[1].value == of_class[0]
    app.button(key="next-to").click().run()
    assert app.number_input[1].value == of_class[1]
    assert str(of_class[1]) in address(app)["to"]
    assert app.number_input[0].value == 0


def test_the_next_image_of_a_class_after_its_last_is_its_first():
    labels = np.array([3, 1, 3, 3])
    assert [interpolation.next_alike(labels, index) for index in (0, 2, 3, 1)] == [2, 3, 0, 1]


def test_the_strips_begin_and_end_at_the_reconstructions(in_shop):
    run = in_shop.open("digits-conditional_vae-z2")
    images, distances = interpolation.walked(run.path, 3, 8, run)
    ends = [3, 8]
    expected = runs.Run(run).decode(run.arrays["codes"][ends], run.arrays["conditions"][ends])
    for path in images:
        np.testing.assert_allclose(path[[0, -1]], expected, atol=1e-5)
    np.testing.assert_allclose(distances[:, [0, -1]], 0, atol=1e-6)
    assert images.shape == (2, interpolation.STEPS, 8, 8, 1)


def test_every_step_of_every_path_is_in_the_file(in_shop):
    run = in_shop.open("digits-vae-z2")
    walks = interpolation.walk(run, "VAE", 0, 3, 8, is_judged=True)
    assert [walk.kind for walk in walks] == ["straight", "spherical"]
    rows = [row for walk in walks for row in walk.rows()]
    assert len(rows) == 2 * interpolation.STEPS
    assert all(0 <= row["confidence"] <= 1 and row["most probable class"] in run.classes for row in rows)
    assert [row["way"] for row in rows[:2]] == [0, 0.1]


def test_the_paths_of_a_collapsed_run_are_called_so(in_shop, monkeypatch):
    films = []
    monkeypatch.setattr(interpolation, "film", lambda paths, key: films.extend(paths))
    assert not opened("interpolation", "ae", "vae").exception
    assert {film.head for film in films} == {
        "Autoencoder · collapsed",
        "Variational autoencoder · collapsed",
    }


def test_one_image_twice_is_a_path_that_stays(in_shop):
    assert not opened("interpolation", "ae", "vae", image="4", to="4").exception


def test_the_figure_holds_a_line_for_each_path_and_number(in_shop):
    app = opened("interpolation", "ae", "vae")
    assert len(app.get("plotly_chart")) == 1
    assert "The spherical path turns round 0" in prose(app)


# The chart


def line(is_spherical: bool, is_judged: bool = True) -> PathLine:
    way = np.linspace(0, 1, 5)
    judged = (way / 2 + 0.5, list("abcde")) if is_judged else (None, ())
    return PathLine("VAE", 1, is_spherical, way * (1 - way), *judged)


def test_a_path_chart_shows_distance_above_and_confidence_below():
    figure = path_chart([line(False), line(True)])
    assert [trace.yaxis for trace in figure.data] == ["y", "y2", "y", "y2"]
    np.testing.assert_allclose(figure.data[0].y, [0, 0.1875, 0.25, 0.1875, 0])
    np.testing.assert_allclose(figure.data[1].y, [0.5, 0.625, 0.75, 0.875, 1])
    assert list(figure.data[1].text) == list("abcde")
    np.testing.assert_allclose(figure.data[0].x, [0, 0.25, 0.5, 0.75, 1])


def test_a_run_stands_in_the_legend_once_and_its_spherical_path_is_dotted():
    figure = path_chart([line(False), line(True)])
    assert [trace.showlegend for trace in figure.data] == [True, False, False, False]
    assert [trace.line.dash for trace in figure.data] == ["solid", "solid", "dot", "dot"]
    assert len({trace.line.color for trace in figure.data}) == 1


def test_without_a_judge_there_is_no_confidence():
    figure = path_chart([line(False, is_judged=False)])
    assert [trace.yaxis for trace in figure.data] == ["y"]
    assert "confidence" not in figure.to_json()


def test_every_axis_says_its_unit():
    layout = path_chart([line(False)]).layout
    assert layout.yaxis.title.text == "distance, spreads"
    assert layout.yaxis2.title.text == "confidence"
    assert layout.xaxis2.title.text.startswith("share of the way")


# The film


def test_a_strip_is_its_images_side_by_side():
    import base64
    import io

    from PIL import Image

    from dashboard.components.film import Film, packed

    images = np.linspace(0, 1, 3 * 4 * 2).reshape(3, 4, 2, 1)
    found = packed([Film("VAE", "straight", images, ["a", "b", "c"])])
    strip = found["rows"][0]["strip"].removeprefix("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(strip))))
    np.testing.assert_array_equal(pixels, np.rint(np.hstack(list(images))[..., 0] * 255))
    assert (found["steps"], found["shape"]) == (3, 0.5)
    assert found["rows"][0]["notes"] == ["a", "b", "c"]


# The engine


def test_the_engine_decodes_and_encodes_as_the_run_does(in_shop):
    stored = in_shop.open("digits-vae-z2")
    pixels = datasets.load_images("digits", "test").pixels[:5]
    mean, spread = engine.encode(stored.path, pixels)
    np.testing.assert_allclose(mean, stored.arrays["codes"][:5], atol=2e-3)
    np.testing.assert_allclose(spread, np.exp(0.5 * stored.arrays["log_var"][:5]), atol=2e-3)
    assert (engine.decode(stored.path, mean) == runs.Run(stored).decode(mean)).all()
    assert engine.encode(in_shop.open("digits-ae-z2").path, pixels)[1] is None


def test_the_engine_maps_holes_once_and_pages_read_them_without_it(in_shop):
    from dashboard.services import cached_reads

    stored = in_shop.open("digits-vae-z2")
    assert cached_reads.kept_holes(stored) is None
    found = engine.holes(stored.path)
    again = cached_reads.kept_holes(stored)
    assert found.keys() == again.keys() >= {"x", "y", "prior_mass", "codes", "cycle_error", "holes"}
    assert all((found[name] == again[name]).all() for name in found)


def test_a_map_can_be_stopped(in_shop):
    stored = in_shop.open("digits-conditional_vae-z2")
    register = background.Jobs()
    job = register.start("map", "Holes", partial(engine.holes, stored.path))
    job.stop()
    deadline = time.monotonic() + 30
    while not job.is_over and time.monotonic() < deadline:
        time.sleep(0.01)
    assert job.state in ("stopped", "done")
