"""Maps of holes: what is planted is found, what is not there is not, and a map survives being kept."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import torch

from aecore import datasets, runs
from aecore.analysis import hole_map, holes
from aecore.errors import BadValue
from aecore.evaluation.context import ModelContext
from aecore.latent import priors
from aecore.metrics.cells import hole_share
from aecore.models.base import Autoencoder, Posterior
from aecore.storage import cache
from aecore.storage.store import RunStore
from tests.conftest import ROOT
from tests.core.cli.test_app import aecore  # noqa: F401  a fixture

COUNT = 10_000


def normal(count: int = COUNT, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 2)).astype(np.float32)


def grid() -> list[np.ndarray]:
    return [np.linspace(-hole_map.REACH, hole_map.REACH, hole_map.SIZE)] * 2


# Densities


@pytest.mark.parametrize("blur", [0.0, 0.3])
@pytest.mark.parametrize("prior", priors.names())
def test_a_priors_density_is_that_of_its_samples(prior, blur):
    random = np.random.default_rng(0)
    samples = priors.sample(prior, 400_000, 2, random) + blur * random.standard_normal((400_000, 2))
    edges = np.linspace(-4, 4, 41)
    counts, *_ = np.histogram2d(samples[:, 1], samples[:, 0], bins=[edges, edges])
    fine = np.linspace(-4, 4, 401)[:-1] + 0.01
    mass = priors.density(prior, hole_map.lattice(fine, fine), blur).reshape(40, 10, 40, 10).mean((1, 3))
    np.testing.assert_allclose(counts / 400_000, mass * 0.2**2, atol=6e-4)


@pytest.mark.parametrize("prior", priors.names())
def test_a_priors_spread_is_that_of_its_samples(prior):
    samples = priors.sample(prior, 200_000, 2, np.random.default_rng(0))
    assert priors.spread(prior) == pytest.approx(np.sqrt(np.square(samples).mean()), rel=0.01)


def test_the_density_of_a_standard_normal_is_its_closed_form():
    codes = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0]])
    expected = np.exp([0, -4.5]) / (2 * np.pi) ** 1.5
    np.testing.assert_allclose(priors.density("standard_normal", codes), expected)


# The rule


@pytest.mark.parametrize("count", [500, COUNT])
@pytest.mark.parametrize("prior", priors.names())
def test_samples_of_the_prior_itself_leave_no_holes(prior, count):
    for seed in range(3):
        codes = priors.sample(prior, count, 2, np.random.default_rng(seed + 10))
        assert hole_map.hole_mass(codes, prior) < 0.002


def test_the_ratio_is_near_1_where_codes_follow_the_prior():
    ratio, _ = hole_map.code_ratio(normal(), "standard_normal", *grid())
    inside = np.linalg.norm(hole_map.lattice(*grid()), axis=-1) < 1.5
    assert abs(ratio[inside].mean() - 1) < 0.02
    assert ratio[inside].std() < 0.15


def test_a_planted_gap_is_found_where_it_is_and_nowhere_else():
    codes = normal()
    gap = np.array([0.8, -0.4])
    codes = codes[np.linalg.norm(codes - gap, axis=1) > 0.8]
    _, found = hole_map.code_ratio(codes, "standard_normal", *grid())
    distance = np.linalg.norm(hole_map.lattice(*grid()) - gap, axis=-1)
    assert found[distance < 0.5].all()
    assert not found[distance > 1.0].any()


def test_the_share_of_mass_in_holes_is_that_of_the_half_that_is_missing():
    codes = normal(20_000)
    share = hole_map.hole_mass(codes[codes[:, 0] > 0], "standard_normal")
    # the kernel reaches 0.19 over the edge, and beyond 3 nothing is judged
    assert 0.40 < share < 0.5


def test_codes_far_away_leave_all_that_can_be_judged_as_a_hole():
    ratio, found = hole_map.code_ratio(normal() + 50, "standard_normal", *grid())
    radius = np.linalg.norm(hole_map.lattice(*grid()), axis=-1)
    assert found[radius < 2.9].all()
    assert not found[radius > 3.2].any()
    assert ratio.min() == 2.0**-hole_map.DOUBLINGS


def test_too_few_codes_find_no_hole_however_empty_the_plane():
    assert hole_map.hole_mass(np.full((3, 2), 50.0, np.float32), "standard_normal") == 0


def test_the_axes_cover_the_prior_and_the_bulk_of_the_codes():
    codes = normal() * [0.1, 8.0] + [0.0, 5.0]
    x, y = hole_map.axes(codes, 32)
    assert (x[0], x[-1]) == (-3.5, 3.5)
    assert y[0] < np.percentile(codes[:, 1], 1)
    assert y[-1] > np.percentile(codes[:, 1], 99)
    assert len(x) == len(y) == 32


# The cycle


class Scaling(Autoencoder):
    """Two pixels that are half the code plus an eighth, and an encoder that undoes it, or overshoots."""

    def __init__(self, overshoot: float = 1.0, is_conditional: bool = False) -> None:
        super().__init__((1, 1, 2), 2, 10, None)
        self.overshoot = torch.nn.Parameter(torch.tensor(overshoot))
        self.__dict__["is_conditional"] = is_conditional

    def losses(self, batch, generator, progress):
        """None: it is never trained."""
        raise NotImplementedError

    def decode(self, codes, conditions=None):
        """Half the code, plus an eighth, plus a tenth of the class."""
        shift = 0.0 if conditions is None else conditions[:, None] / 10
        return (codes / 2 + 0.125 + shift).reshape(-1, 1, 1, 2)

    def posterior(self, images):
        """What undoes `decode` without a class, times the overshoot."""
        return Posterior((images.flatten(1) - 0.125) * 2 * self.overshoot)


def test_the_cycle_error_of_an_invertible_model_is_0():
    codes = normal(1300)
    assert holes.cycle_errors(Scaling(), codes).max() < 1e-5


def test_the_cycle_error_is_the_distance_between_where_a_code_is_sent_and_where_it_returns():
    codes = normal(700)
    found = holes.cycle_errors(Scaling(overshoot=1.5), codes)
    np.testing.assert_allclose(found, 0.5 * np.linalg.norm(codes, axis=1), rtol=1e-4, atol=1e-5)


def test_a_decoder_that_is_given_a_class_has_the_mean_error_of_all_classes():
    found = holes.cycle_errors(Scaling(is_conditional=True), np.zeros((4, 2)))
    # class k shifts both pixels by k / 10, hence the code by k / 5 in both dimensions
    np.testing.assert_allclose(found, np.mean([np.hypot(k / 5, k / 5) for k in range(10)]), rtol=1e-5)


def test_the_cycle_is_reported_as_it_goes():
    shares = []
    holes.cycle_errors(Scaling(), normal(2000), shares.append)
    assert shares == [0, 0.25, 0.5, 0.75]


# Maps of runs


@pytest.fixture(scope="module")
def found(finished_store) -> hole_map.HolesMap:
    return holes.holes_map(runs.open_run("digits-vae-z2", finished_store), size=20)


def test_a_map_has_a_value_for_every_cell(found):
    for part in ("prior_mass", "codes", "cycle_error", "holes"):
        assert getattr(found, part).shape == (20, 20)
        assert np.isfinite(getattr(found, part)).all()
    assert found.prior_mass.max() <= 1
    assert (found.cycle_error > 0).any()


def test_rows_run_from_the_smallest_y_up(finished_run):
    run = finished_run("ae")
    found = holes.holes_map(run, size=9)
    code = np.array([[found.x[6], found.y[1]]])
    assert found.cycle_error[1, 6] == pytest.approx(holes.cycle_errors(run.model, code)[0], rel=1e-4)


@pytest.mark.parametrize("variant", ["ae", "vae", "aae", "supervised_aae", "conditional_vae", "pca"])
def test_every_kind_of_run_has_a_map_and_says_how_far_it_is(finished_run, variant):
    said = []
    found = holes.holes_map(finished_run(variant), size=8, report=lambda share, note: said.append(share))
    assert 0 <= found.share <= 1
    assert said == sorted(said)
    assert said[0] == 0


def test_codes_that_spread_far_have_a_finer_map_of_the_priors_reach(finished_store):
    run = runs.open_run("digits-ae-z2", finished_store)
    far = runs.Run(dataclasses.replace(run.stored))
    far.stored.__dict__["arrays"] = run.stored.arrays | {
        "codes": run.stored.arrays["codes"] * 0 + normal(599) * 9
    }
    found = holes.holes_map(far, size=32)
    assert found.near is not None
    assert (found.near.x[0], found.near.x[-1]) == (-3.5, 3.5)
    assert found.near.near is None


@pytest.mark.parametrize("prior", ["gaussian_mixture", "swiss_roll"])
def test_the_cycle_error_is_in_units_of_the_priors_spread(finished_run, prior):
    run = finished_run("aae")
    usual = holes.holes_map(run, size=8)
    stored = dataclasses.replace(run.stored, manifest={**run.stored.manifest, "prior": prior})
    other = holes.holes_map(runs.Run(stored), size=8)
    np.testing.assert_allclose(other.cycle_error * priors.spread(prior), usual.cycle_error, rtol=1e-4)
    assert (other.prior_mass != usual.prior_mass).any()


def test_a_code_of_another_length_has_no_plane(finished_run):
    run = finished_run("vae")
    stored = dataclasses.replace(run.stored, config=dataclasses.replace(run.config, latent_dim=3))
    with pytest.raises(BadValue, match=r"^latent_dim cannot be 3: it must be 2 for a map of holes"):
        holes.holes_map(runs.Run(stored))


def test_a_spread_posterior_gives_one_sample_for_each_image(finished_run):
    stored = finished_run("vae").stored
    codes = hole_map.test_codes(stored)
    moved = (codes - stored.arrays["codes"]) / np.exp(0.5 * stored.arrays["log_var"])
    assert moved.std() == pytest.approx(1, abs=0.05)
    assert (hole_map.test_codes(stored) == codes).all()


def test_numbers_and_map_are_measured_on_one_and_the_same_sample(finished_run):
    run = finished_run("vae")
    context = ModelContext(run.model, *datasets.load_splits("digits"), baselines=None)
    np.testing.assert_allclose(hole_map.test_codes(run.stored), context.held_out, atol=1e-5)
    assert run.metrics["hole_share"] == hole_share(hole_map.test_codes(run.stored))


def test_a_map_kept_before_there_was_one_sample_is_read_by_todays_rule(finished_run, own_runs):
    run = finished_run("vae")
    kept = hole_map.compact(holes.holes_map(run))
    old = kept | {"share": np.float32([0.9]), "null": np.float32([0.5]), "holes": np.ones(512, np.uint8)}
    cache.write(run.stored, hole_map.KIND, hole_map.settings(), old)
    found = hole_map.kept(run.stored)
    assert found.share == hole_map.hole_mass(hole_map.test_codes(run.stored), "standard_normal")
    assert found.null == hole_map.null_mass(599, "standard_normal")


# Kept maps


def test_a_kept_map_is_the_computed_one_to_within_a_step(found, finished_store):
    found_codes = hole_map.test_codes(finished_store.open("digits-vae-z2"))
    again = hole_map.restored(hole_map.compact(found), found_codes, "standard_normal")
    assert (again.holes == found.holes).all()
    for part in ("x", "y", "prior_mass", "codes"):
        np.testing.assert_allclose(getattr(again, part), getattr(found, part), rtol=1e-4)
    top = float(found.cycle_error.max())
    np.testing.assert_allclose(np.sqrt(again.cycle_error / top), np.sqrt(found.cycle_error / top), atol=0.003)
    assert (again.share, again.null) == pytest.approx((found.share, found.null))


def test_a_map_is_at_most_20_kilobytes_with_its_finer_one():
    codes, wide = normal(), [np.linspace(-30, 30, 64)] * 2
    errors = [np.ones((64, 64))] * 2
    found = hole_map.assembled(codes, "standard_normal", [wide, grid()], errors)
    assert found.near is not None
    assert sum(array.nbytes for array in hole_map.compact(found).values()) < 20_000


def test_a_map_is_computed_once_and_then_read(finished_run, own_runs, monkeypatch):
    run = finished_run("vae")
    assert hole_map.kept(run.stored) is None
    first = holes.kept_or_computed(run)
    monkeypatch.setattr(holes, "holes_map", None)
    again = holes.kept_or_computed(run)
    for name, array in hole_map.as_arrays(first).items():
        assert (array == hole_map.as_arrays(again)[name]).all()
    assert hole_map.kept(run.stored).share == pytest.approx(first.share)


def test_as_arrays_names_the_finer_map_by_a_prefix(found):
    assert {"x", "y", "prior_mass", "codes", "cycle_error", "holes", "share", "null"} == set(
        hole_map.as_arrays(found)
    )
    both = hole_map.as_arrays(dataclasses.replace(found, near=found))
    assert {name.removeprefix("near_") for name in both if name.startswith("near_")} == {
        "x",
        "y",
        "prior_mass",
        "codes",
        "cycle_error",
        "holes",
    }


# The command


@pytest.fixture
def shop(finished_store, tmp_path) -> RunStore:
    """A copy of the finished runs, to keep maps in."""
    return RunStore(shutil.copytree(finished_store.root, tmp_path / "shop"))


def test_the_command_keeps_the_map_and_says_how_much_of_the_prior_is_empty(aecore, shop):  # noqa: F811
    code, out, _ = aecore("holes", "digits-ae-z2", "--store", shop.root, "--json")
    assert code == 0
    found, run = json.loads(out), shop.open("digits-ae-z2")
    assert found["share"] == hole_map.kept(run, shop).share > 0
    assert found["prior"] is None
    _, out, _ = aecore("holes", "digits-ae-z2", "--store", shop.root)
    assert "against N(0, I), though it has no prior" in out
    assert f"{found['share']:.4f}, lower is better" in out
    assert f"{found['cycle_error']:.4f} of its standard deviations" in out
    assert hole_map.kept(run) is None  # it lies in the folder given, not among the person's own


def test_the_command_refuses_a_run_without_a_plane(aecore, shop):  # noqa: F811
    runs.train("pca", "digits", store=shop, latent_dim=3, epochs=1)
    code, _, err = aecore("holes", "digits-pca-z3", "--store", shop.root)
    assert code == 2
    assert "it must be 2 for a map of holes" in err


# The shipped runs


def test_the_shipped_autoencoder_has_holes_and_those_with_a_prior_hardly_any():
    shipped, shares = RunStore(ROOT / "pretrained"), {}
    for name in ("mnist-ae-z2", "mnist-vae-z2", "mnist-aae-z2"):
        run = shipped.open(name)
        prior = run.manifest["prior"] or "standard_normal"
        shares[name] = hole_map.hole_mass(hole_map.test_codes(run), prior)
    assert shares["mnist-ae-z2"] > 0.5
    assert shares["mnist-vae-z2"] < 0.05
    assert shares["mnist-aae-z2"] < 0.05
