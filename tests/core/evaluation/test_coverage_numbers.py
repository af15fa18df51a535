"""How a run's codes fill the prior: measured again as stored, kept beside it, and of the shipped runs."""

import numpy as np
import pytest

from aecore import runs
from aecore.evaluation.additions import COVERAGE, lacking_coverage
from aecore.latent import priors
from aecore.metrics import WHITENED, _nulls, catalog, defined, measure, undefined
from aecore.metrics._nulls import coverage_by_chance, nulls
from aecore.metrics._whitening import whitened
from aecore.metrics.cells import cell_shares, empty_by_chance
from aecore.metrics.mmd import caution
from aecore.models import inference
from aecore.storage import cache
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from tests.core.metrics.contexts import ArrayContext, coverage, normal

DECODED = ("decoded_recognised", "decoded_class_tv", "two_sample_accuracy")
SHIPPED_RUNS = RunStore(SHIPPED).listing().runs


# Which numbers there are


def stems(numbers: dict[str, float]) -> set[str]:
    return {name for name in numbers if not name.endswith(("_null", "_null_sd", WHITENED))}


@pytest.mark.parametrize("latent_dim", [1, 2, 3, 8, 9, 32])
def test_a_number_is_missing_where_and_only_where_it_is_said_not_to_be_defined(latent_dim):
    every = stems(coverage(normal(40, 2), 0))
    found = stems(coverage(normal(40, latent_dim), 0))
    assert found == {name for name in every if not undefined(name, latent_dim, "standard_normal")}


@pytest.mark.parametrize("prior", [name for name in priors.names() if name != "standard_normal"])
def test_of_another_prior_likewise(prior):
    every, found = stems(coverage(normal(40, 2), 0)), stems(coverage(normal(40, 2), 0, prior))
    assert found == {name for name in every if not undefined(name, 2, prior)}


def test_what_is_not_defined_says_why():
    assert undefined("hole_share", 32, None) == "not defined beyond 2 dimensions"
    assert undefined("hole_share" + WHITENED, 32, None) == "not defined beyond 2 dimensions"
    assert undefined("empty_share", 1, "standard_normal") == "not defined in 1 dimension"
    assert undefined("gaussian_kl", 2, "swiss_roll") == "defined for N(0, I) only"
    assert undefined("mmd2", 32, "standard_normal") == ""
    for name in ("prior_coverage", "code_coverage_null", "prior_density" + WHITENED):
        assert undefined(name, 9, None) == "not meaningful above 8 dimensions: see the two-sample test"
        assert undefined(name, 8, None) == ""


def test_what_an_older_run_holds_beyond_its_dimensions_is_left_out():
    stored = {"mse": 0.1, "prior_coverage": 0.98, "prior_coverage_null": 0.97, "prior_density": 126.0}
    assert defined(stored, 32, None) == {"mse": 0.1}
    assert defined(stored, 2, None) == stored


@pytest.mark.parametrize("dimensions", [2, 3, 5, 8])
@pytest.mark.parametrize("width", [0.5, 2.0])
def test_codes_of_another_width_score_below_the_null_in_one_direction_and_above_it_in_none(dimensions, width):
    found = coverage(width * normal(3000, dimensions, seed=5), 0)
    null = coverage_by_chance(3000)
    pair = (found["prior_coverage"], found["code_coverage"])
    assert min(pair) < null - 0.2
    assert max(pair) < null + 0.01


def test_many_dimensions_are_cautioned_about_at_the_distance_that_hardly_sees_them():
    assert caution("mmd2", 32) == "sees hardly any shape at 32 dimensions: see the two-sample test"
    assert caution("mmd2" + WHITENED, 9)
    assert not caution("mmd2", 8)
    assert not caution("mse", 32)


def test_every_number_of_the_shape_has_a_whitened_twin_that_is_worded():
    found = coverage(normal(40, 2), 0)
    twins = stems(found) - {"code_std", "code_mean_norm", "gaussian_kl"}
    assert {name + WHITENED for name in twins} <= set(found)
    for name in (*twins, *DECODED):
        twin = catalog()[name + WHITENED]
        assert (twin.better, twin.floors) == (catalog()[name].better, catalog()[name].floors)


@pytest.mark.parametrize(("latent_dim", "prior"), [(2, None), (2, "swiss_roll"), (3, "standard_normal")])
def test_what_a_run_lacks_is_told_by_name(latent_dim, prior):
    found = {*coverage(normal(40, latent_dim), 0, prior or "standard_normal"), *DECODED}
    found |= {name + WHITENED for name in DECODED} | {"cells", "cells" + WHITENED}
    assert lacking_coverage(found, latent_dim, prior, is_labelled=True) == []
    assert lacking_coverage(found - {"mmd2_whitened", "code_std"}, latent_dim, prior, is_labelled=True) == [
        "code_std",
        "mmd2_whitened",
    ]


# Against closed forms, and the null


def test_codes_twice_as_wide_cost_the_closed_form():
    found = measure(ArrayContext(2 * normal(20_000, 2), "standard_normal"), ["gaussian_kl"])
    assert found["gaussian_kl"] == pytest.approx(4 - 1 - np.log(4), rel=0.03)


def test_tilted_codes_score_the_null_once_whitened():
    codes = normal(10_000, 2) @ np.linalg.cholesky([[1, 0.9], [0.9, 1]]).T
    asked = [name + ending for name in ("hole_share", "total_variation") for ending in ("", WHITENED)]
    found = measure(ArrayContext(3 * codes + 5, "standard_normal"), asked)
    null = nulls(10_000, 2, "standard_normal")
    assert found["hole_share"] > 0.8
    assert found["hole_share" + WHITENED] == 0
    expected, deviation = (null[f"total_variation_null{ending}"] for ending in ("", "_sd"))
    assert found["total_variation" + WHITENED] == pytest.approx(expected, abs=4 * deviation)


@pytest.mark.parametrize(
    ("prior", "dimensions"), [("standard_normal", 5), *((name, 2) for name in priors.names())]
)
def test_two_samples_of_the_prior_score_the_null_in_every_number(prior, dimensions):
    codes = priors.sample(prior, 3000, dimensions, np.random.default_rng(5))
    found, null = coverage(codes, 0, prior), nulls(*codes.shape, prior)
    for name in stems(found) - {"code_std", "code_mean_norm"}:
        times = 5 if name == "code_coverage" else 4  # a thin spiral whitened by another sample is off a bit
        expected, allowed = null[f"{name}_null"], times * null[f"{name}_null_sd"] + 1e-3
        assert found[name] == pytest.approx(expected, abs=allowed)
        if name != "gaussian_kl":
            assert found[name + WHITENED] == pytest.approx(expected, abs=allowed)


# The nulls


@pytest.mark.parametrize(
    ("count", "dimensions", "prior"),
    [(599, 2, "standard_normal"), (300, 5, "standard_normal"), (300, 2, "gaussian_mixture")],
)
def test_nulls_are_mean_and_deviation_over_draws(prior, count, dimensions):
    random, null = np.random.default_rng(77), nulls(count, dimensions, prior)
    samples = [priors.sample(prior, count, dimensions, random) for _ in range(40)]
    draws = [coverage(codes, seed, prior) for seed, codes in enumerate(samples)]
    for name in {name.removesuffix("_null") for name in null if name.endswith("_null")} & set(draws[0]):
        values = np.array([draw[name] for draw in draws])
        assert values.mean() == pytest.approx(null[f"{name}_null"], abs=4 * values.std() / 40**0.5 + 1e-4)
        assert values.std() == pytest.approx(null[f"{name}_null_sd"], rel=0.5)


def test_of_long_codes_few_pairs_are_drawn(monkeypatch):
    asked, sample = [], priors.sample
    monkeypatch.setattr(_nulls, "MOST_NUMBERS", 2**17)
    monkeypatch.setattr(priors, "sample", lambda *given: asked.append(given[1] * given[2]) or sample(*given))
    assert _nulls._mmd2_deviation(20, 512, "standard_normal", np.random.default_rng(0)) > 0
    assert max(asked) == 2**17


def test_the_null_of_599_codes_is_not_the_lucky_draw_that_it_was():
    null = nulls(599, 2, "standard_normal")
    assert null["total_variation_null"] == pytest.approx(0.225, abs=0.003)
    assert null["total_variation_null_sd"] == pytest.approx(0.012, abs=0.002)
    assert (
        null["hole_share_null"] == null["empty_share_null"] == pytest.approx(empty_by_chance(599), abs=0.002)
    )


def test_coverage_by_chance_is_naeems_lemma():
    assert coverage_by_chance(10_000) == pytest.approx(1 - 2**-5, abs=1e-4)
    one_of_three = 1 - (2 * 1) / (5 * 4)  # of n = 3 the two neighbours, k = 2
    assert coverage_by_chance(3) == pytest.approx(one_of_three)


def test_where_codes_are_only_wide_the_whitened_numbers_are_those_of_the_prior():
    wide = coverage(8 * normal(3000, 2, seed=3), 0)
    assert wide["prior_coverage"] < 0.5
    assert wide["prior_coverage" + WHITENED] > 0.9
    assert wide["hole_share"] > 0.5
    assert wide["hole_share" + WHITENED] < 0.1
    assert wide["empty_share" + WHITENED] < 0.02
    assert wide["prior_density"] < 0.2
    assert wide["prior_density" + WHITENED] == pytest.approx(1, abs=0.1)


# Of a run


@pytest.mark.parametrize("variant", ["pca", "ae", "vae", "aae", "conditional_vae", "semi_supervised_aae"])
def test_measured_again_every_number_is_as_stored(finished_run, own_runs, variant):
    run = finished_run(variant)
    found = runs.measure_coverage(run)
    numbers = {name: float(array[0]) for name, array in found.items() if array.size == 1}
    assert set(numbers) <= set(run.metrics)
    assert {
        "mmd2",
        "decoded_recognised",
        "real_recognised",
        "two_sample_accuracy",
        "code_coverage" + WHITENED,
    } <= set(numbers)
    for name, value in numbers.items():
        assert value == pytest.approx(run.metrics[name], abs=1e-6)


def test_the_decode_tests_twin_decodes_the_same_samples_at_the_codes_own_place_and_spread(
    finished_run, own_runs, monkeypatch
):
    decoded, decode = [], inference.decode
    monkeypatch.setattr(
        inference, "decode", lambda model, codes, *rest: decoded.append(codes) or decode(model, codes, *rest)
    )
    run = finished_run("ae")
    runs.measure_coverage(run)
    drawn, fitted = decoded
    np.testing.assert_allclose(fitted.mean(0), run.codes.mean(0), atol=1e-3)
    np.testing.assert_allclose(fitted.std(0), run.codes.std(0), rtol=1e-3)
    np.testing.assert_allclose(whitened(fitted), whitened(drawn), atol=1e-3)


def test_coverage_is_kept_beside_the_run_and_the_run_stays_as_it_was(finished_run, own_runs):
    run = finished_run("vae")
    before = {path: path.read_bytes() for path in run.stored.path.iterdir()}
    assert cache.read(run.stored, *COVERAGE) is None
    found = runs.measure_coverage(run)
    kept = cache.read(run.stored, *COVERAGE)
    assert {name: array.tolist() for name, array in kept.items()} == {
        name: array.tolist() for name, array in found.items()
    }
    assert {path: path.read_bytes() for path in run.stored.path.iterdir()} == before


def test_the_cells_are_those_that_the_numbers_are_counted_from(finished_run):
    found = runs.measure_coverage(finished_run("vae"))
    for ending, suffix in (("", ""), (WHITENED, WHITENED)):
        cells = found[f"cells{suffix}"]
        assert cells.shape == (10, 20)
        assert found[f"hole_share{ending}"][0] == pytest.approx((cells < 0.25 / 200).mean())
        assert found[f"total_variation{ending}"][0] == pytest.approx(0.5 * abs(cells - 1 / 200).sum())


def test_without_a_spread_the_cells_are_those_of_the_stored_codes(finished_run):
    run = finished_run("ae")
    found = runs.measure_coverage(run)
    np.testing.assert_allclose(found["cells"], cell_shares(run.codes), atol=2 / len(run.codes))
    shape = cell_shares(whitened(run.codes))
    np.testing.assert_allclose(found["cells" + WHITENED], shape, atol=2 / len(run.codes))


def test_beyond_two_dimensions_there_are_no_cells(own_runs):
    run = runs.train("vae", "digits", epochs=1, hidden=(8,), latent_dim=3)
    found = runs.measure_coverage(run)
    assert "cells" not in found
    assert "hole_share" not in found


def test_coverage_reports_as_it_goes_and_stops_where_the_report_raises(finished_run, own_runs):
    shares = []
    runs.measure_coverage(finished_run("ae"), report=lambda share, note: shares.append((share, bool(note))))
    assert [share for share, _ in shares] == sorted(share for share, _ in shares)
    assert len(shares) > 1
    assert all(noted for _, noted in shares)

    def stop(share: float, note: str) -> None:
        raise KeyboardInterrupt

    run = finished_run("vae")
    with pytest.raises(KeyboardInterrupt):
        runs.measure_coverage(run, report=stop)
    assert cache.read(run.stored, *COVERAGE) is None


# The shipped runs, against the project's own measurements of plain recipes


def shipped(name: str) -> dict[str, float]:
    return next(run for run in SHIPPED_RUNS if run.name == name).metrics  # the rest are variations on it


@pytest.mark.parametrize(
    ("run", "metric", "low", "high"),
    [
        ("mnist-ae-z2", "mse", 0, 0.034),
        ("mnist-ae-z2", "knn_accuracy", 0.82, 1),
        ("mnist-ae-z2", "mmd2", 0.05, 1),
        ("mnist-ae-z2", "hole_share", 0.3, 1),
        ("mnist-vae-z2", "negative_elbo", 0, 136.5),
        ("mnist-vae-z2", "code_std", 0.95, 1.1),
        ("mnist-vae-z2", "mmd2", 0, 0.0082),
        ("mnist-vae-z2", "total_variation", 0, 0.27),
        ("mnist-vae-z2", "prior_coverage", 0.86, 1),
        ("mnist-aae-z2", "mse", 0, 0.037),
        ("mnist-aae-z2", "discriminator_loss", 1.25, 1.39),
        ("mnist-aae-z2", "mmd2", 0, 0.007),
        ("mnist-aae-z2", "total_variation", 0, 0.21),
        ("mnist-aae-z2", "hole_share", 0, 0.06),
        ("mnist-ae-z32", "mse", 0, 0.0053),
        ("mnist-vae-z32", "negative_elbo", 0, 99.6),
        ("fashion_mnist-aae-z2", "mmd2", 0, 0.0043),
        ("fashion_mnist-aae-z2", "total_variation", 0, 0.26),
        ("fashion_mnist-vae-z2", "total_variation", 0, 0.35),
        ("fashion_mnist-ae-z2", "total_variation", 0.5, 1),
    ],
)
def test_the_shipped_runs_are_where_they_should_be(run, metric, low, high):
    assert low <= shipped(run)[metric] <= high


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_the_autoencoder_leaves_more_holes_than_the_vae_and_the_vae_more_than_the_aae(dataset):
    ae, vae, aae = (shipped(f"{dataset}-{variant}-z2") for variant in ("ae", "vae", "aae"))
    for metric in ("hole_share", "total_variation", "mmd2"):
        assert ae[metric] > vae[metric] > aae[metric]


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_the_nulls_are_those_of_ten_thousand_samples(dataset):
    found = shipped(f"{dataset}-vae-z2")
    assert found["total_variation_null"] == pytest.approx(0.057, abs=0.005)
    assert found["prior_coverage_null"] == pytest.approx(0.97, abs=0.01)
    assert found["mmd2_null"] == pytest.approx(0, abs=2e-4)
    assert found["hole_share_null"] == 0


@pytest.mark.parametrize("run", SHIPPED_RUNS, ids=lambda run: run.run_id)
def test_every_shipped_run_comes_with_its_coverage_and_it_is_that_of_the_run(run):
    kept = cache.read(run, *COVERAGE, RunStore(SHIPPED))
    assert kept is not None
    assert "cells" in kept or undefined("hole_share", run.config.latent_dim, run.manifest["prior"])
    for name in set(kept) & set(run.metrics):
        assert kept[name][0] == pytest.approx(run.metrics[name], abs=2e-3)
