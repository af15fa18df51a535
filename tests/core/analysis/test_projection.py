"""Projections: one contract for every method, then what each of them promises, then what is kept."""

import builtins
import dataclasses
import importlib.util
import json
import re
import sys
import threading

import numpy as np
import pytest

from aecore import datasets, runs
from aecore.analysis import projection
from aecore.analysis.projection import tsne
from aecore.analysis.projection._neighbours import nearest
from aecore.analysis.projection._principal import principal_axes
from aecore.config import allowed
from aecore.errors import BadValue, ExtraMissing, UnknownName, WrongShape
from aecore.metrics.clustering import accuracy_within
from aecore.storage.store import RunStore
from tests.conftest import ROOT, quick
from tests.core.cli.test_app import aecore  # noqa: F401  a fixture

needs_umap = pytest.mark.skipif(
    importlib.util.find_spec("umap") is None, reason="umap-learn is an optional extra, and is not installed"
)
METHODS = [pytest.param(name, marks=needs_umap if name == "umap" else ()) for name in projection.names()]
QUICK = {
    "tsne": {"perplexity": 10, "early_iterations": 60, "iterations": 60},
    "pca": {},
    "umap": {"iterations": 20},
}
"""Settings with which a map of the digits is a matter of a moment."""
SMALLEST = {"tsne": {"perplexity": 5}, "pca": {}, "umap": {"neighbours": 10}}
"""Settings that the smallest map needs beside these."""


class Stop(Exception):
    """What a person's Stop raises out of a report."""


def silent(share: float, note: str) -> None:
    """Report to nobody."""


def clusters(count: int = 5, size: int = 60, width: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Groups of points far apart from one another, and which group each is of."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(count), size)
    return 10 * random.normal(size=(count, width))[labels] + random.normal(size=(len(labels), width)), labels


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "maps")


def files(store: RunStore) -> list[str]:
    return [path.name for path in store.root.rglob("*") if path.is_file()]


# Every method


@pytest.mark.parametrize("method", METHODS)
def test_every_image_has_a_finite_place(method, store):
    config = projection.configure("digits", method, **QUICK[method])
    found = projection.project(config, store)
    images = len(datasets.load_images("digits", "test").labels)
    assert (found.positions.shape, found.positions.dtype) == ((images, 2), np.float32)
    assert np.isfinite(found.positions).all()
    assert np.ptp(found.positions, axis=0).min() > 0
    np.testing.assert_array_equal(found.indices, np.arange(images))


@pytest.mark.parametrize("method", METHODS)
def test_a_map_is_measured_and_beats_chance(method, store):
    found = projection.project(projection.configure("digits", method, **QUICK[method]), store)
    assert 0.5 < found.knn_accuracy <= 1.0
    assert 0.7 < found.trustworthiness <= 1.0
    assert found.seconds > 0


@pytest.mark.parametrize("method", METHODS)
def test_equal_configs_give_equal_maps(method, tmp_path):
    config = projection.configure("digits", method, **QUICK[method])
    one, two = (projection.project(config, RunStore(tmp_path / name)).positions for name in "ab")
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("method", METHODS)
def test_the_second_look_computes_nothing(method, store, monkeypatch):
    config = projection.configure("digits", method, **QUICK[method])
    first = projection.project(config, store)
    monkeypatch.setattr(projection.module(method), "positions", None)
    again = projection.project(projection.configure("digits", method, **QUICK[method]), store)
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(first, field.name))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("calls", [1, 2, 4, -1], ids=["at once", "early", "later", "at the end"])
def test_a_stop_comes_through_and_leaves_nothing(method, calls, store):
    config, seen, threads = (
        projection.configure("digits", method, **QUICK[method]),
        [],
        threading.active_count(),
    )

    def report(share: float, note: str) -> None:
        seen.append(share)
        if len(seen) == calls or (calls == -1 and share == 1.0):
            raise Stop

    with pytest.raises(Stop):
        projection.project(config, store, report)
    assert files(store) == []
    assert projection.kept(config, store) is None
    assert threading.active_count() == threads


@pytest.mark.parametrize("method", METHODS)
def test_the_share_done_grows_from_0_to_1_and_says_what_is_done(method, store):
    shares, notes = [], []

    def report(share: float, note: str) -> None:
        shares.append(share)
        notes.append(note)

    projection.project(projection.configure("digits", method, **QUICK[method]), store, report)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
    assert all(notes)


@pytest.mark.parametrize("method", METHODS)
def test_a_map_takes_the_codes_of_a_run(method, store, finished_run):
    run = finished_run("vae").stored
    found = projection.project(projection.configure(run, method, **QUICK[method]), store)
    assert len(found.positions) == len(run.arrays["codes"])


@pytest.mark.parametrize("method", projection.names())
def test_every_setting_is_checked_and_says_what_it_may_be(method):
    for field in dataclasses.fields(projection.module(method).Settings):
        assert field.metadata["help"]
        assert allowed(field)
        with pytest.raises(BadValue, match=field.name):
            projection.configure("digits", method, **{field.name: field.metadata["minimum"] - 1})


@pytest.mark.parametrize("method", projection.names())
def test_every_method_says_what_its_maps_do_not_show(method):
    module = projection.module(method)
    assert module.TITLE
    assert module.NOTE.endswith(".")


# t-SNE


def test_planted_clusters_stay_apart():
    points, labels = clusters()
    placed = tsne.positions(points, tsne.Settings(**QUICK["tsne"]), silent)
    assert accuracy_within(placed, labels) == 1.0


def test_points_without_clusters_are_not_told_apart():
    points, labels = clusters()
    placed = tsne.positions(points, tsne.Settings(**QUICK["tsne"]), silent)
    assert accuracy_within(placed, np.random.default_rng(1).permutation(labels)) < 0.4


def test_another_seed_is_another_map():
    points, _ = clusters()
    one, two = (tsne.positions(points, tsne.Settings(**QUICK["tsne"], seed=seed), silent) for seed in (0, 1))
    assert np.abs(one - two).max() > 1e-3


@pytest.mark.parametrize("tree", [0, 10**9], ids=["interpolated", "by a tree"])
def test_the_map_does_not_depend_on_the_number_of_threads(monkeypatch, tree):
    points, _ = clusters()
    settings = tsne.Settings(perplexity=10, early_iterations=20, iterations=20)
    monkeypatch.setattr(tsne, "TREE", tree)
    maps = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(tsne, "THREADS", threads)
        maps.append(tsne.positions(points, settings, silent))
    np.testing.assert_array_equal(maps[0], maps[1])
    np.testing.assert_array_equal(maps[0], maps[2])


def test_more_perplexity_than_there_are_points_for_is_refused_with_what_is_allowed(store):
    points, _ = clusters(count=2, size=20)
    with pytest.raises(BadValue, match="it must be at most 13 for 40 points"):
        tsne.positions(points, tsne.Settings(), silent)
    settings = tsne.Settings(perplexity=13, early_iterations=0, iterations=1)
    assert len(tsne.positions(points, settings, silent)) == 40


def test_no_early_stage_is_allowed():
    points, _ = clusters(count=2)
    placed = tsne.positions(points, tsne.Settings(perplexity=5, early_iterations=0, iterations=20), silent)
    assert np.isfinite(placed).all()


def test_points_that_coincide_do_not_break_it():
    points, _ = clusters(count=2)
    placed = tsne.positions(np.repeat(points, 2, 0), tsne.Settings(**QUICK["tsne"]), silent)
    assert np.isfinite(placed).all()


# PCA, against the singular value decomposition


def test_pca_is_the_singular_value_decomposition():
    points, _ = clusters()
    placed = projection.module("pca").positions(points, projection.module("pca").Settings(), silent)
    left, values, _ = np.linalg.svd(points - points.mean(0), full_matrices=False)
    expected = left[:, :2] * values[:2]
    np.testing.assert_allclose(np.abs(placed), np.abs(expected), atol=1e-9)
    np.testing.assert_allclose(np.abs((placed * expected).sum(0)), (expected**2).sum(0))


def test_principal_axes_have_signs_of_their_own():
    points, _ = clusters()
    one, two = principal_axes(points, 3), principal_axes(-points, 3)
    np.testing.assert_allclose(one.directions, two.directions, atol=1e-9)


def test_principal_axes_of_fewer_points_than_numbers_are_those_of_the_covariance():
    points = np.random.default_rng(0).normal(size=(8, 20)) * np.arange(1, 21)
    expected = np.linalg.eigh(np.cov(points.T)).eigenvectors.T[::-1][:5]
    found = principal_axes(points, 5).directions
    np.testing.assert_allclose(np.abs((found * expected).sum(1)), 1)


# New points


@pytest.mark.parametrize(
    ("method", "settings", "near"),
    [("pca", {}, 1e-3), ("tsne", {"early_iterations": 100, "iterations": 200}, 0.02)],
    ids=["pca", "tsne"],
)
@pytest.mark.parametrize("inputs", ["pixels", "pca50"])
def test_an_image_of_the_map_is_placed_near_itself(method, settings, near, inputs, store):
    config = projection.configure("digits", method, inputs, **settings)
    found = projection.project(config, store)
    placed = projection.place(config, found, datasets.load_images("digits", "test").pixels[:60])
    apart = np.linalg.norm(placed - found.positions[:60], axis=1) / np.ptp(found.positions, axis=0).max()
    assert np.median(apart) < near


def test_a_code_is_placed_among_its_own_kind():
    points, labels = clusters()
    settings = tsne.Settings(**QUICK["tsne"])
    placed = tsne.positions(points, settings, silent)
    new = points + np.random.default_rng(1).normal(size=points.shape)
    found = tsne.place(points, placed, settings, new)
    neighbours, _ = nearest(found, placed, 1)
    assert (labels[neighbours[:, 0]] == labels).mean() > 0.99


def test_a_new_point_is_placed_as_if_it_came_alone_and_the_map_stays_where_it_is():
    points, _ = clusters()
    settings = tsne.Settings(**QUICK["tsne"])
    placed = tsne.positions(points, settings, silent) + np.array([100.0, -7.0])
    before = placed.copy()
    together = tsne.place(points, placed, settings, points[:5])
    alone = np.concatenate([tsne.place(points, placed, settings, points[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_array_equal(placed, before)
    assert np.abs(together - placed[:5]).max() < 0.1 * np.ptp(placed)


def test_new_points_of_another_width_are_refused(store, finished_run):
    run = finished_run("vae").stored
    config = projection.configure(run, "pca")
    found = projection.project(config, store)
    with pytest.raises(WrongShape, match=r"\(3, 5\)"):
        projection.place(config, found, np.zeros((3, 5)))


def test_a_map_of_umap_takes_no_new_points_and_says_which_do(finished_run):
    codes = finished_run("vae").stored.arrays["codes"]
    config = projection.configure(finished_run("vae").stored, "umap")
    found = projection.Projection(codes[:, :2], np.arange(len(codes)), len(codes), 0.0, 0.0, 0.0)
    with pytest.raises(BadValue, match="tsne or pca to place a new image"):
        projection.place(config, found, codes[:1])


# Subsamples


def test_a_subsample_is_random_sorted_and_says_of_how_many(store):
    config = projection.configure("digits", "tsne", subsample=100, **QUICK["tsne"])
    found = projection.project(config, store)
    assert (len(found.positions), len(found.indices)) == (100, 100)
    assert found.images == len(datasets.load_images("digits", "test").labels)
    assert (np.diff(found.indices) > 0).all()
    np.testing.assert_array_equal(projection.kept(config, store).indices, found.indices)
    other = projection.configure("digits", "tsne", subsample=100, seed=1, **QUICK["tsne"])
    assert not np.array_equal(projection.project(other, store).indices, found.indices)


def test_a_subsample_of_all_is_all(store):
    count = len(datasets.load_images("digits", "test").labels)
    all_, same = (projection.configure("digits", "pca", subsample=n) for n in (0, count))
    one, two = projection.project(all_, store), projection.project(same, store)
    np.testing.assert_array_equal(one.positions, two.positions)


def test_a_subsample_larger_than_the_test_split_is_refused(store):
    config = projection.configure("digits", "pca", subsample=9999)
    with pytest.raises(BadValue, match="subsample cannot be 9999"):
        projection.project(config, store)


@pytest.mark.parametrize("method", METHODS)
def test_a_subsample_too_small_to_be_measured_is_refused_before_it_starts(store, method):
    config = projection.configure("digits", method, subsample=30, **QUICK[method])
    with pytest.raises(BadValue, match="subsample cannot be 30: it must be at least 31, or 0 for all"):
        projection.project(config, store)
    smallest = projection.configure("digits", method, subsample=31, **QUICK[method] | SMALLEST[method])
    found = projection.project(smallest, store)
    assert np.isfinite([found.knn_accuracy, found.trustworthiness]).all()


# Codes at the edge


def replaced(finished_run, scale: float):
    """A run whose codes are those of a small one, times something."""
    run = finished_run("vae").stored
    vars(run)["arrays"] = run.arrays | {"codes": run.arrays["codes"] * np.float64(scale)}
    return run


@pytest.mark.parametrize("method", METHODS)
def test_codes_too_large_for_the_methods_are_refused(store, finished_run, method):
    run = replaced(finished_run, 1e20)
    with pytest.raises(BadValue, match=r"finite and at most 1e\+15"):
        projection.project(projection.configure(run, method, **QUICK[method]), store)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-20, 1e14])
def test_large_and_tiny_codes_are_mapped(store, finished_run, method, scale):
    run = replaced(finished_run, scale)
    found = projection.project(projection.configure(run, method, **QUICK[method]), store)
    assert np.isfinite(found.positions).all()
    assert np.ptp(found.positions, axis=0).all()
    assert found.trustworthiness > 0.6


# What is asked for


def test_unknown_methods_settings_and_inputs_are_named(finished_run):
    with pytest.raises(UnknownName, match=r"no projection called 'isomap'\. Known: pca, tsne, umap"):
        projection.configure("digits", "isomap")
    with pytest.raises(UnknownName, match="There is no setting of tsne called 'perplex'"):
        projection.configure("digits", "tsne", perplex=3)
    with pytest.raises(BadValue, match="pixels or pca50 for a data set"):
        projection.configure("digits", "tsne", "codes")
    with pytest.raises(BadValue, match="codes for a run"):
        projection.configure(finished_run("vae").stored, "tsne", "pixels")


def test_codes_of_one_number_are_refused(store, finished_run, monkeypatch):
    run = finished_run("vae").stored
    monkeypatch.setitem(run.arrays, "codes", run.arrays["codes"][:, :1])
    with pytest.raises(WrongShape, match="at least two numbers"):
        projection.project(projection.configure(run, "pca"), store)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [(0.0, "different from one another"), (np.nan, "it must be finite")],
    ids=["collapsed", "not finite"],
)
def test_codes_that_cannot_be_projected_are_refused(value, sentence, store, finished_run, monkeypatch):
    run = finished_run("vae").stored
    monkeypatch.setitem(run.arrays, "codes", np.full_like(run.arrays["codes"], value))
    with pytest.raises(BadValue, match=sentence):
        projection.project(projection.configure(run, "tsne"), store)


def test_umap_that_is_not_installed_says_what_to_install_and_leaves_nothing(store, monkeypatch):
    load = builtins.__import__

    def without_umap(name, *rest):
        if name.partition(".")[0] == "umap":
            raise ImportError(name)
        return load(name, *rest)

    monkeypatch.delitem(sys.modules, "umap", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_umap)
    with pytest.raises(ExtraMissing, match="UMAP is an optional extra that is not installed here") as caught:
        projection.project(projection.configure("digits", "umap"), store)
    assert '-m pip install "umap-learn>=' in str(caught.value)
    assert files(store) == []


# What is kept


def test_ten_thousand_positions_take_40_kilobytes():
    positions = np.random.default_rng(0).normal(0, 40, (10_000, 2))
    assert projection._small(positions).nbytes == 40_000


SHIPPED = json.loads((ROOT / "pretrained" / "projections.json").read_text())


@pytest.mark.parametrize(
    "recipe", SHIPPED, ids=lambda recipe: f"{recipe['of']}-{recipe.get('inputs', 'codes')}"
)
def test_every_shipped_map_is_there_with_all_test_images(recipe):
    store, settings = RunStore(ROOT / "pretrained"), dict(recipe)
    name = settings.pop("of")
    owner = name if name in datasets.names() else store.open(name)
    found = projection.kept(projection.configure(owner, **settings), store)
    assert len(found.positions) == found.images == 10_000
    assert found.knn_accuracy > 0.75
    assert found.trustworthiness > 0.9


def test_there_is_a_shipped_map_of_every_shipped_run_of_32_dimensions():
    runs = RunStore(ROOT / "pretrained").listing().runs
    assert {recipe["of"] for recipe in SHIPPED} >= {run.name for run in runs if run.config.latent_dim == 32}


@pytest.mark.parametrize("scale", [1e-7, 1.0, 1e6])
def test_positions_are_kept_so_that_nobody_sees_the_difference(scale):
    positions = scale * np.random.default_rng(0).normal(size=(500, 2))
    kept = projection._small(positions).astype(np.float64)
    assert np.abs(kept - positions).max() <= np.ptp(positions, axis=0).max() / 2000


def test_a_run_trained_anew_has_no_map(store, finished_run):
    stored = finished_run("vae").stored
    projection.project(projection.configure(stored, "pca"), store)
    weights = {"weights.safetensors": {"bytes": 1, "sha256": "0" * 64}}
    anew = dataclasses.replace(stored, manifest={**stored.manifest, "files": weights})
    assert projection.kept(projection.configure(stored, "pca"), store) is not None
    assert projection.kept(projection.configure(anew, "pca"), store) is None


# Neighbours, against every distance


@pytest.mark.parametrize("is_same", [True, False])
def test_the_nearest_are_those_of_all_distances(is_same):
    random = np.random.default_rng(0)
    among = random.normal(size=(300, 7))
    points = among if is_same else random.normal(size=(50, 7))
    apart = np.linalg.norm(points[:, None] - among, axis=2)
    if is_same:
        np.fill_diagonal(apart, np.inf)
    indices, distances = nearest(points, among, 5, is_same=is_same)
    np.testing.assert_array_equal(indices, np.argsort(apart, axis=1)[:, :5])
    np.testing.assert_allclose(distances, np.sort(apart, axis=1)[:, :5], atol=1e-7)


def test_a_point_has_no_vote_on_its_own_class():
    positions = np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
    assert accuracy_within(positions, np.array([0, 1, 1])) == 0.0  # with their own votes two were right


# The command line


def test_project_prints_both_numbers_and_keeps_the_map(aecore, own_runs):  # noqa: F811
    words = ["project", "digits", "--inputs", "pca50", "--method", "pca", "--subsample", 50]
    code, out, err = aecore(*words)
    config = projection.configure("digits", "pca", "pca50", 50)
    found = projection.kept(config, RunStore(own_runs))
    assert (code, err) == (0, "")
    assert out.startswith("digits  pca of pca50, 50 of ")
    assert f"kNN-15 accuracy {found.knn_accuracy:.4f}" in out
    assert f"trustworthiness {found.trustworthiness:.4f}" in out
    assert "higher is better" in out


@pytest.mark.parametrize(("variant", "way"), [("vae", "higher"), ("conditional_vae", "lower")])
def test_project_says_which_way_of_its_accuracy_is_better(aecore, own_runs, variant, way):  # noqa: F811
    run = runs.train(variant, "digits", **quick(variant)).stored
    _, out, _ = aecore("project", run.run_id, "--method", "pca")
    assert re.search(
        rf"kNN-15 accuracy [\d.]+, 0 to 1, {way} is better; trustworthiness [\d.]+, .*higher", out
    )


def test_project_takes_a_run_and_settings(aecore, finished_store):  # noqa: F811
    words = ["project", "digits-vae-z2"]
    for setting in ("perplexity=5", "early_iterations=10", "iterations=10"):
        words += ["-o", setting]
    code, out, _ = aecore(*words, "--store", finished_store.root, "--json")
    assert code == 0
    assert '"perplexity": 5.0' in out
    assert '"of": "digits-vae-z2-' in out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "project needs a run or a data set"),
        (["nothing"], "There is no run called 'nothing'"),
        (["digits", "--method", "isomap"], "There is no projection called 'isomap'"),
        (["digits", "-o", "perplexity=1"], "perplexity cannot be 1"),
    ],
)
def test_project_says_what_is_wrong_and_exits_with_2(aecore, words, sentence):  # noqa: F811
    code, out, err = aecore("project", *words)
    assert (code, out) == (2, "")
    assert sentence in err


def test_project_goes_through_a_file_of_recipes(aecore, tmp_path, own_runs):  # noqa: F811
    text = '[{"of": "digits", "method": "pca"}, {"of": "digits", "inputs": "pca50", "method": "pca"}]'
    (tmp_path / "maps.json").write_text(text)
    code, out, _ = aecore("project", "--recipes", tmp_path / "maps.json")
    assert (code, len(out.splitlines())) == (0, 2)
    assert len(list(own_runs.rglob("pca-*.safetensors"))) == 2
