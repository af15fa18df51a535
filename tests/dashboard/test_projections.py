"""The Projections section: what it maps, what it says, what it starts; and its chart, read as data."""

import time
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import runs
from aecore.analysis import projection
from aecore.datasets import _idx
from aecore.evaluation import collapse
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.compare import projections
from dashboard.figures.projection import projection_map
from dashboard.figures.template import class_colours
from dashboard.services import background, cached_reads, engine
from tests.conftest import quick

SHIPPED_RUNS = {run.name: run for run in RunStore(SHIPPED).listing().runs}
FLAT = ["mnist-ae-z2", "mnist-vae-z2"]
WIDE = ["mnist-ae-z32", "mnist-vae-z32"]


def section(paths: list[str], own: bool) -> None:
    """The page under test: the section alone."""
    from pathlib import Path

    import numpy as np

    from aecore.storage.run import read_manifest
    from dashboard.compare import projections

    chosen = [read_manifest(Path(path)) for path in paths]
    image = np.zeros(chosen[0].image_shape, np.uint8) if own else None
    projections.show(chosen, chosen[0].config.dataset, image)


def opened(paths: list[Path], own: bool = False, **parameters: str) -> AppTest:
    app = AppTest.from_function(section, args=([str(path) for path in paths], own), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def shipped(names: list[str]) -> list[Path]:
    return [SHIPPED_RUNS[name].path for name in names]


@pytest.fixture
def own_run():
    """A small run of this test's own, with codes of 8 numbers."""
    return runs.train("ae", "digits", latent_dim=8, **quick("ae")).stored


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def finish(key: str) -> background.Job:
    """Wait until a job is over."""
    job, deadline = background.jobs().get(key), time.monotonic() + 60
    while not job.is_over and time.monotonic() < deadline:
        time.sleep(0.05)
    return job


# What is mapped


def test_two_dimensional_runs_are_told_that_a_map_adds_nothing_and_see_their_siblings():
    app = opened(shipped(FLAT))
    assert not app.exception
    assert "t-SNE of a 2-D code adds nothing" in texts(app)
    assert app.multiselect[0].value == [SHIPPED_RUNS[name].run_id for name in WIDE]
    for title in ("**Autoencoder · z = 32**", "**Variational autoencoder · z = 32**"):
        assert title in texts(app)


def test_runs_with_longer_codes_are_mapped_and_the_others_are_explained():
    app = opened(shipped(["mnist-ae-z2", "mnist-vae-z32"]))
    assert "**Variational autoencoder · z = 32**" in texts(app)
    assert "**Autoencoder" not in texts(app)
    assert "The runs with a 2-D code have no map" in texts(app)


def test_shipped_maps_appear_at_once_with_their_numbers(monkeypatch):
    monkeypatch.setattr(projection, "project", None)
    app = opened(shipped(WIDE), maps_beside="pixels,pca50")
    assert not app.exception
    assert app.button == []
    for name in WIDE:
        found = projection.kept(projection.configure(SHIPPED_RUNS[name]))
        assert f"{found.knn_accuracy:.3f}" in texts(app)
        assert f"{found.trustworthiness:.3f}" in texts(app)
    assert "**Pixels**" in texts(app)
    assert "**PCA-50 of the pixels**" in texts(app)


@pytest.mark.parametrize("method", projection.names())
def test_a_projection_says_what_its_map_does_not_show(method):
    app = opened(shipped(WIDE), map_method=method)
    assert projection.module(method).NOTE in texts(app)


def test_the_numbers_say_what_they_are_and_which_way_is_better():
    words = texts(opened(shipped(WIDE)))
    assert "Both from 0 to 1, higher is better" in words
    assert "kNN-15 accuracy\N{NO-BREAK SPACE}0.9" in words


# What is chosen before it starts


def test_every_setting_of_every_method_can_be_chosen_and_is_in_the_link():
    for method in projection.names():
        app = opened(shipped(WIDE), map_method=method)
        shown = {box.key: box.value for box in app.number_input}
        for field, value in vars(projection.module(method).Settings()).items():
            assert shown[f"{method}_{field}"] == value
    app = opened(shipped(WIDE), tsne_perplexity="50.0", tsne_seed="3")
    shown = {box.key: box.value for box in app.number_input}
    assert (shown["tsne_perplexity"], shown["tsne_seed"]) == (50.0, 3)


def test_another_setting_offers_to_compute_and_starts_nothing_by_itself():
    app = opened(shipped(WIDE), tsne_perplexity="50.0")
    (button,) = app.button
    assert button.label == "Compute 2 maps by t-SNE"
    key = projection.configure(SHIPPED_RUNS[WIDE[0]], perplexity=50.0).key
    assert background.jobs().get(key) is None


def test_a_map_is_computed_in_the_background_and_then_shown(own_run):
    app = opened([own_run.path], map_method="pca", maps_beside="")
    (button,) = app.button
    button.click().run()
    config = projection.configure(own_run, "pca")
    assert finish(config.key).state == "done"
    app.run()
    assert app.button == []
    assert f"{projection.kept(config).knn_accuracy:.3f}" in texts(app)


def test_a_computation_can_be_stopped_and_leaves_nothing(own_run, monkeypatch):
    config = projection.configure(own_run, "tsne", iterations=10_000, perplexity=5.0)
    projections.start("t-SNE", config)
    background.jobs().get(config.key).stop()
    assert finish(config.key).state == "stopped"
    assert projection.kept(config) is None
    app = opened([own_run.path], tsne_iterations="10000", tsne_perplexity="5.0")
    assert f"{app.info[0].value}" == "t-SNE was stopped."
    assert [button.label for button in app.button] == ["Compute 1 map by t-SNE"]


def test_a_perplexity_beyond_the_images_fails_with_a_sentence(own_run):
    config = projection.configure(own_run, "tsne", perplexity=500.0)
    projections.start("t-SNE", config)
    assert finish(config.key).state == "failed"
    app = opened([own_run.path], tsne_perplexity="500.0")
    assert "perplexity cannot be 500.0" in app.error[0].value


def test_the_map_of_a_collapsed_run_is_called_so(own_run):
    projection.project(projection.configure(own_run, "pca"))
    assert collapse.of_run(own_run.metrics, 8).is_total
    assert "**Autoencoder · z = 8 · collapsed**" in texts(opened([own_run.path], map_method="pca"))


def test_a_subsample_is_offered_and_named_on_the_map(own_run):
    config = projection.configure(own_run, "pca", subsample=150)
    found = projection.project(config)
    app = opened([own_run.path], map_method="pca", map_images="150")
    assert f"150 of {found.images} images, taken at random" in texts(app)


def test_umap_that_is_not_installed_is_said_before_anything_starts(monkeypatch):
    monkeypatch.setattr(projection.module("umap"), "find_spec", lambda name: None)
    app = opened(shipped(WIDE), map_method="umap")
    assert app.button == []
    assert "UMAP is an optional extra that is not installed here" in texts(app)


def test_a_baseline_whose_images_are_not_here_says_so_and_starts_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(_idx, "SHIPPED", tmp_path)
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    app = opened(shipped(WIDE), maps_beside="pixels", map_method="pca")
    assert "test images are not on this machine, so Pixels has no map" in texts(app)
    assert [button.label for button in app.button] == ["Compute 2 maps by PCA"]


def test_a_run_that_does_not_open_spoils_only_its_own_map(own_run):
    projection.project(projection.configure(own_run, "pca"))
    (own_run.path / "weights.safetensors").write_bytes(
        b"0" * (own_run.path / "weights.safetensors").stat().st_size
    )
    cached_reads.projection_plane.clear()  # another test's run of the same weights is not read again
    app = opened([own_run.path], map_method="pca")
    assert not app.exception
    assert "is damaged: weights.safetensors" in app.error[0].value


# An image of one's own


def test_ones_own_image_is_placed_on_every_map_and_only_once(own_run, monkeypatch):
    config = projection.configure(own_run, "pca")
    found = projection.project(config)
    asked = []
    place = engine.place
    monkeypatch.setattr(engine, "place", lambda *words: asked.append(words) or place(*words))
    app = opened([own_run.path], own=True, map_method="pca", maps_as=projections.CHARTS)
    assert not app.exception
    placed = engine.place(config, np.zeros((1, *own_run.image_shape), np.uint8))
    assert placed.shape == (1, 2)
    low, high = found.positions.min(0), found.positions.max(0)
    assert (placed > low - (high - low)).all()
    assert (placed < high + (high - low)).all()
    app.run()
    assert len(asked) == 2  # the page's own, once for two runs, and the one above


def test_no_place_on_a_map_that_was_never_computed(own_run):
    assert (
        engine.place(projection.configure(own_run, "pca"), np.zeros((1, *own_run.image_shape), np.uint8))
        is None
    )


# The chart


POSITIONS = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
LABELS = np.arange(50) % 3
NAMES = ("zero", "one", "two")


def test_every_dot_is_drawn_in_the_colour_of_its_class():
    figure = projection_map(POSITIONS, LABELS, NAMES, "Codes")
    assert [trace.name for trace in figure.data] == list(NAMES)
    assert [trace.marker.color for trace in figure.data] == class_colours(3)
    for label, trace in enumerate(figure.data):
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], 1), POSITIONS[label == LABELS])
        np.testing.assert_array_equal(trace.customdata, np.flatnonzero(label == LABELS))


def test_both_directions_have_one_scale_and_no_numbers():
    figure = projection_map(POSITIONS, LABELS, NAMES, "Codes")
    assert figure.layout.yaxis.scaleanchor == "x"
    assert not figure.layout.xaxis.showticklabels
    assert not figure.layout.yaxis.showticklabels


def test_the_selected_image_is_marked_by_its_index_in_the_split():
    indices = 3 * np.arange(50)
    figure = projection_map(POSITIONS, LABELS, NAMES, "Codes", indices=indices, images=150, selected=21)
    ring = figure.data[-2]
    assert ring.name == "image 21"
    np.testing.assert_array_equal([ring.x[0], ring.y[0]], POSITIONS[7])
    without = projection_map(POSITIONS, LABELS, NAMES, "Codes", indices=indices, images=150, selected=22)
    assert len(without.data) == len(NAMES)


def test_a_subsample_says_its_size_on_the_figure():
    figure = projection_map(POSITIONS, LABELS, NAMES, "Codes", indices=np.arange(50), images=1797)
    assert [note.text for note in figure.layout.annotations] == ["50 of 1,797 test images, taken at random"]
    assert not projection_map(POSITIONS, LABELS, NAMES, "Codes", images=50).layout.annotations


def test_ones_own_image_is_a_star():
    figure = projection_map(POSITIONS, LABELS, NAMES, "Codes", placed=np.array([[2.0, 3.0]]))
    star = figure.data[-2]
    assert (star.marker.symbol, star.x[0], star.y[0]) == ("star", 2.0, 3.0)


def test_the_title_and_how_it_was_made_are_on_the_figure():
    figure = projection_map(POSITIONS, LABELS, NAMES, "Codes", subtitle="t-SNE, perplexity 30")
    assert (figure.layout.title.text, figure.layout.title.subtitle.text) == ("Codes", "t-SNE, perplexity 30")
