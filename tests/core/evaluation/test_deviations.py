"""Deviations: what is known of how far numbers would move, and the rule that tells two runs apart."""

import numpy as np
import pytest

from aecore import runs
from aecore.evaluation import deviations
from aecore.metrics.cells import hole_share
from aecore.models import variants
from aecore.storage import cache
from aecore.storage.store import RunStore
from benchmarks import seeds


@pytest.mark.parametrize(
    ("other", "is_apart"), [(0.0, False), (0.99, False), (1.01, True), (-0.99, False), (-1.01, True)]
)
def test_two_numbers_are_told_apart_beyond_twice_the_deviation_of_their_difference(other, is_apart):
    assert deviations.told_apart(0.0, other, 0.3, 0.4) == is_apart  # 2 sqrt(0.09 + 0.16) = 1


@pytest.mark.parametrize(("one", "other"), [(None, 0.1), (0.1, None), (None, None)])
def test_what_is_not_known_tells_nothing_apart(one, other):
    assert not deviations.told_apart(0.0, 100.0, one, other)


def test_the_deviation_over_seeds_is_that_of_the_same_recipe_only(tmp_path):
    store, config = RunStore(tmp_path), variants.configure("ae", "digits", hidden=(8,), epochs=1)
    kept = {"mse": np.array([0.03, 0.05]), "hoyer": np.array([1.0])}
    cache.write("digits", deviations.KIND, deviations.settings(config), kept, store)
    other_seed = variants.configure("ae", "digits", hidden=(8,), epochs=1, seed=4)
    assert deviations.over_seeds(other_seed, store) == {"mse": pytest.approx(0.02 / 2**0.5)}
    longer = variants.configure("ae", "digits", hidden=(8,), epochs=2)
    assert deviations.over_seeds(longer, store) == {}


def test_the_deviation_over_images_is_that_of_drawing_them_again(finished_run):
    run = finished_run("ae")
    kept = runs.measure_coverage(run)
    found = deviations.over_images(run.stored, kept)
    random, count = np.random.default_rng(3), len(run.codes)
    again = [random.integers(0, count, count) for _ in range(300)]
    holes = [hole_share(run.codes[rows]) for rows in again]
    errors = [run.stored.arrays["errors"][rows].astype(float).mean() for rows in again]
    assert found["hole_share"] == pytest.approx(np.std(holes), rel=0.25)
    assert found["mse"] == pytest.approx(np.std(errors), rel=0.2)
    accuracy = run.metrics["knn_accuracy"]
    assert found["knn_accuracy"] == pytest.approx((accuracy * (1 - accuracy) / count) ** 0.5)


def test_both_are_put_together_and_without_seeds_nothing_is_known(finished_run, tmp_path):
    run, store = finished_run("ae").stored, RunStore(tmp_path)
    assert deviations.known(run, {}, store) == {}
    kept = {"mse": np.array([0.03, 0.05]), "ssim": np.array([0.5, 0.7])}
    cache.write("digits", deviations.KIND, deviations.settings(run.config), kept, store)
    found = deviations.known(run, {}, store)
    images = deviations.over_images(run, {})["mse"]
    assert found["mse"] == pytest.approx(np.hypot(np.std([0.03, 0.05], ddof=1), images))
    assert set(found) == {"mse", "ssim"}


def test_the_benchmark_trains_further_seeds_and_keeps_what_all_reached(own_runs, tmp_path):
    run, store = runs.train("ae", "digits", epochs=1, hidden=(8,)).stored, RunStore(tmp_path)
    seeds.keep(run, store, seeds=3)
    kept = cache.read("digits", deviations.KIND, deviations.settings(run.config), store)
    assert kept["mse"].shape == (3,)
    assert kept["mse"][0] == run.metrics["mse"]
    assert len(set(kept["mse"])) == 3
    assert deviations.over_seeds(run.config, store)["mse"] > 0
