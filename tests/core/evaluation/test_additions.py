"""Numbers that a run was stored without: which they are, and how they are kept beside it."""

import numpy as np
import pytest

from aecore import runs
from aecore.errors import UnknownName
from aecore.evaluation import additions
from aecore.models import variants
from aecore.storage import cache
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore

SHIPPED_RUNS = RunStore(SHIPPED).listing().runs


@pytest.mark.parametrize("run", SHIPPED_RUNS, ids=lambda run: run.run_id)
def test_the_shipped_runs_have_all_that_they_could_have(run):
    assert additions.not_measured(run) == []


@pytest.mark.parametrize("variant", variants.names())
def test_a_fresh_run_lacks_nothing_and_one_with_the_error_alone_all_else(finished_run, variant):
    run = finished_run(variant).stored
    assert additions.not_measured(run) == []
    known = run.metrics
    vars(run)["metrics"] = {"mse": 0.1}
    missing = additions.not_measured(run)
    assert {"ssim", "knn_accuracy", "hole_share", "two_sample_accuracy_whitened"} <= set(missing)
    assert "mse" not in missing
    assert set(missing) <= set(known)


def test_what_is_kept_later_stands_beside_what_was_kept_before(finished_run, own_runs):
    run = finished_run("vae").stored
    vars(run)["metrics"] = {"mse": 0.1}
    additions.keep(run, {"psnr": 1.5, "dead_units": np.nan})
    additions.keep(run, {"ssim": 0.5})
    assert additions.numbers(run) == {"psnr": 1.5, "ssim": 0.5, "mse": 0.1}
    assert set(additions.kept(run)) == {"psnr", "ssim", "dead_units"}


def test_of_what_is_kept_only_numbers_of_the_catalog_within_their_limits_count(finished_run, own_runs):
    """The file may have been altered: the error below 0, a share above 1, names of nothing."""
    run = finished_run("vae").stored
    vars(run)["metrics"] = {"mse": 0.1}
    altered = {"bce": -7.25, "ssim": np.inf, "hole_share": 1.5, "zzz": 1.0, "../x": 1.0, "yyy": np.nan}
    arrays = {name: np.array([number]) for name, number in altered.items()}
    arrays |= {"psnr": np.array([20.0]), "nats": np.array([3]), "knn_accuracy": np.array([0.5, 0.5])}
    cache.write(run, *additions.NUMBERS, arrays)
    assert additions.kept(run) == {"psnr": 20.0}
    assert additions.numbers(run) == {"psnr": 20.0, "mse": 0.1}
    uneven = np.full((10, 20), 0.005)
    uneven[0, :2] = -1.0, 1.01
    cells = {"cells": uneven, "cells_whitened": np.full((10, 20), 0.005)}
    cache.write(run, *additions.COVERAGE, arrays | cells)
    assert set(additions.kept_coverage(run)) == {"psnr", "cells_whitened"}


@pytest.mark.parametrize("run", SHIPPED_RUNS, ids=lambda run: run.run_id)
def test_what_is_shipped_beside_the_runs_counts_as_a_whole(run):
    for read, (kind, settings) in (
        (additions.kept, additions.NUMBERS),
        (additions.kept_coverage, additions.COVERAGE),
    ):
        assert set(read(run)) == set(cache.read(run, kind, settings) or {})


def test_a_number_measured_alone_is_that_of_the_whole_evaluation(finished_run, own_runs):
    run = finished_run("vae")
    names = ["ssim", "knn_accuracy", "negative_elbo", "mmd2_whitened", "prior_density"]
    found = runs.measure(run, names)
    assert {"pca_ssim", "pca_knn_accuracy", "mmd2_null", "mmd2_null_sd"} <= set(found)
    assert found == pytest.approx({name: run.metrics[name] for name in found}, rel=1e-6)


def test_a_number_that_there_is_not_is_named(finished_run):
    with pytest.raises(UnknownName, match="There is no number called 'beauty'"):
        runs.measure(finished_run("ae"), ["beauty"])
