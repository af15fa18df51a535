"""Numbers that a run was stored without: which they are, and how they are kept beside it."""

import numpy as np
import pytest

from aecore import runs
from aecore.errors import UnknownName
from aecore.evaluation import additions
from aecore.models import variants
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
    additions.keep(run, {"one": 1.5, "none": np.nan})
    additions.keep(run, {"two": 2.5})
    assert additions.numbers(run) == {"one": 1.5, "two": 2.5} | run.metrics
    assert set(additions.kept(run)) == {"one", "two", "none"}


def test_a_number_measured_alone_is_that_of_the_whole_evaluation(finished_run, own_runs):
    run = finished_run("vae")
    names = ["ssim", "knn_accuracy", "negative_elbo", "mmd2_whitened", "prior_density"]
    found = runs.measure(run, names)
    assert {"pca_ssim", "pca_knn_accuracy", "mmd2_null", "mmd2_null_sd"} <= set(found)
    assert found == pytest.approx({name: run.metrics[name] for name in found}, rel=1e-6)


def test_a_number_that_there_is_not_is_named(finished_run):
    with pytest.raises(UnknownName, match="There is no number called 'beauty'"):
        runs.measure(finished_run("ae"), ["beauty"])
