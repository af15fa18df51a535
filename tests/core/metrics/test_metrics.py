"""Every number a run reports, against scikit-learn, PyTorch or a plain loop."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.latent import priors
from aecore.metrics import catalog
from aecore.metrics.clustering import (
    continuity,
    knn_accuracy,
    linear_probe,
    neighbourhoods,
    trustworthiness,
)
from aecore.metrics.coverage import (
    as_wide_as,
    cell_shares,
    coverage,
    decoded_prior,
    density_coverage,
    empty_share,
    gaussian_kl,
    hole_share,
    mmd2,
    principal_axes,
    recognised,
    total_variation,
    whitened,
)
from aecore.metrics.denoising import denoising, ridge_denoiser
from aecore.metrics.discriminator import best_accuracy, disagreement
from aecore.metrics.nulls import coverage_by_chance, nulls
from aecore.metrics.posterior import active_units, kl_per_dimension
from aecore.metrics.reconstruction import cross_entropy, dead_pixels, floors, psnr, squared_errors, ssim
from aecore.metrics.sparsity import dead_units, living_activity, living_hoyer
from aecore.models import variants

DIMENSIONS = [1, 2, 5]
pixels = arrays(np.float32, (3, 4, 4, 1), elements=st.floats(0, 1, width=32))


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def images(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, 4, 4, 1), dtype=np.float32)


def flat_pairs(a: np.ndarray, b: np.ndarray):
    return zip(a.reshape(len(a), -1), b.reshape(len(b), -1), strict=True)


# Reconstruction


@given(pixels, pixels)
def test_squared_errors_are_the_mean_square_over_the_pixels_of_each_image(a, b):
    expected = [
        sum((x - y) ** 2 for x, y in zip(p.flat, q.flat, strict=True)) / 16 for p, q in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(squared_errors(a, b), expected, rtol=1e-5, atol=1e-9)


@given(pixels)
def test_an_image_has_no_error_against_itself(a):
    assert squared_errors(a, a).tolist() == [0, 0, 0]


@given(pixels, arrays(np.float32, (3, 4, 4, 1), elements=st.floats(2**-10, 1 - 2**-10, width=32)))
def test_cross_entropy_is_torchs_own(x, p):
    expected = torch.nn.functional.binary_cross_entropy(torch.tensor(p), torch.tensor(x)).item()
    assert cross_entropy(x, p) == pytest.approx(expected, rel=1e-4, abs=1e-6)


@given(pixels, pixels)
def test_no_reconstruction_scores_below_the_entropy_floor(x, p):
    assert cross_entropy(x, p) >= cross_entropy(x, x) - 1e-6


def test_cross_entropy_stays_finite_where_a_sure_answer_is_wrong():
    worst = cross_entropy(np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32))
    assert worst == pytest.approx(-math.log(1e-7), rel=1e-3)


def test_cross_entropy_of_grey_against_grey_is_ln_2():
    assert cross_entropy(np.full((2, 3), 0.5), np.full((2, 3), 0.5)) == pytest.approx(math.log(2))


@given(pixels, pixels)
def test_psnr_is_the_mean_over_images_of_scikit_images_own(a, b):
    from skimage.metrics import peak_signal_noise_ratio

    expected = [
        peak_signal_noise_ratio(x, y, data_range=1) if ((x - y) ** 2).mean() > 1e-10 else 100
        for x, y in zip(a.astype(np.float64), b.astype(np.float64), strict=True)
    ]
    assert psnr(a, b) == pytest.approx(np.mean(expected), rel=1e-4)


def test_a_perfect_image_counts_as_100_decibels():
    assert psnr(images(3), images(3)) == pytest.approx(100)


def test_one_perfect_image_among_others_does_not_hide_them():
    shown = images(2)
    shown[0] = 1 - shown[0]
    first = psnr(images(2)[:1], shown[:1])
    assert psnr(images(2), shown) == pytest.approx((first + 100) / 2, rel=1e-5)


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (9, 3), (28, 1)])
def test_ssim_is_the_mean_over_images_and_channels_of_scikit_images_own(side, channels):
    from skimage.metrics import structural_similarity

    a, b = np.random.default_rng(0).random((2, 5, side, side, channels), dtype=np.float32)
    expected = [
        structural_similarity(x[..., c], y[..., c], data_range=1)
        for x, y in zip(a, b, strict=True)
        for c in range(channels)
    ]
    assert ssim(a, b) == pytest.approx(np.mean(expected), rel=1e-5)


@pytest.mark.parametrize(("height", "width", "window"), [(6, 28, 5), (7, 28, 7), (28, 4, 3), (3, 3, 3)])
def test_a_small_image_has_the_largest_odd_window_that_fits(height, width, window):
    from skimage.metrics import structural_similarity

    a, b = np.random.default_rng(0).random((2, 1, height, width, 1), dtype=np.float32)
    expected = structural_similarity(a[0, ..., 0], b[0, ..., 0], data_range=1, win_size=window)
    assert ssim(a, b) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("side", [1, 2, 3, 28])
def test_a_perfect_image_has_an_ssim_of_1_down_to_a_single_pixel(side):
    a = np.random.default_rng(0).random((4, side, side, 1), dtype=np.float32)
    assert ssim(a, a) == pytest.approx(1, abs=1e-6)


def test_ssim_falls_with_noise():
    clean = np.broadcast_to(np.linspace(0, 1, 28, dtype=np.float32)[:, None], (3, 28, 28))[..., None]
    noise = np.random.default_rng(0).standard_normal(clean.shape).astype(np.float32)
    found = [ssim(clean, np.clip(clean + level * noise, 0, 1)) for level in (0.02, 0.1, 0.5)]
    assert found == sorted(found, reverse=True)


@given(pixels, pixels)
def test_dead_pixels_are_those_lit_in_an_image_and_in_no_reconstruction(x, y):
    lit = [any(image.flat[i] for image in x) for i in range(16)]
    dead = [lit[i] and not any(image.flat[i] for image in y) for i in range(16)]
    assert dead_pixels(x, y) == pytest.approx(sum(dead) / max(1, sum(lit)))


def test_a_pixel_that_no_image_lights_is_not_dead():
    image = np.array([[[[0.0], [1.0]]]])
    assert dead_pixels(image, np.zeros_like(image)) == 1
    assert dead_pixels(np.zeros_like(image), np.zeros_like(image)) == 0


@pytest.mark.parametrize("latent_dim", DIMENSIONS)
def test_the_pca_floor_is_scikit_learns_own_reconstruction(latent_dim):
    from sklearn.decomposition import PCA

    train, test = images(60).reshape(60, -1), images(20, 1).reshape(20, -1)
    pca = PCA(latent_dim, svd_solver="full").fit(train)
    expected = np.square(test - pca.inverse_transform(pca.transform(test))).mean()
    found, _ = floors(images(60), images(20, 1), latent_dim)
    assert found["pca_mse"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("latent_dim", DIMENSIONS)
def test_the_pca_codes_are_scikit_learns_own_up_to_sign_train_before_test(latent_dim):
    from sklearn.decomposition import PCA

    train, test = images(60).reshape(60, -1), images(20, 1).reshape(20, -1)
    pca = PCA(latent_dim, svd_solver="full").fit(train)
    _, found = floors(images(60), images(20, 1), latent_dim)
    expected = np.concatenate([pca.transform(train), pca.transform(test)])
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-3)


def test_pca_with_more_numbers_than_pixels_loses_nothing():
    found, codes = floors(images(60), images(20, 1), 99)
    assert found["pca_mse"] == pytest.approx(0, abs=1e-9)
    assert codes.shape == (80, 16)


def test_the_other_floors_of_pca_are_of_its_images_clipped_to_pixels():
    from sklearn.decomposition import PCA

    train, test = images(60) > 0.5, (images(20, 1) > 0.5).astype(np.float32)
    pca = PCA(2, svd_solver="full").fit(train.reshape(60, -1).astype(np.float32))
    linear = pca.inverse_transform(pca.transform(test.reshape(20, -1))).reshape(test.shape)
    shown = np.clip(linear, 0, 1)
    assert abs(shown - linear).max() > 0.01
    found, _ = floors(train.astype(np.float32), test, 2)
    assert found["pca_bce"] == pytest.approx(cross_entropy(test, shown), rel=1e-4)
    assert found["pca_psnr"] == pytest.approx(psnr(test, shown), rel=1e-4)
    assert found["pca_ssim"] == pytest.approx(ssim(test, shown), rel=1e-4)


def test_the_mean_image_is_that_of_the_training_images():
    found, _ = floors(images(60), images(20, 1), 2)
    mean = images(60).mean(0)
    assert found["mean_image_mse"] == pytest.approx(np.square(images(20, 1) - mean).mean(), rel=1e-5)
    assert found["mean_image_bce"] == pytest.approx(
        cross_entropy(images(20, 1), np.broadcast_to(mean, (20, 4, 4, 1))), rel=1e-5
    )


def test_the_entropy_floor_is_that_of_the_test_images_also_summed_over_pixels():
    found, _ = floors(images(60), images(20, 1), 2)
    assert found["bce_floor"] == pytest.approx(cross_entropy(images(20, 1), images(20, 1)))
    assert found["bce_floor_nats"] == pytest.approx(16 * found["bce_floor"])


# Coverage


def dense_mmd2(codes: np.ndarray, prior: np.ndarray) -> float:
    """The estimate as the paper writes it: plain loops over pairs."""

    def kernel(x, y):
        scale = 2 * len(x)
        return scale / (scale + sum((x - y) ** 2))

    def within(points):
        pairs = [(i, j) for i in range(len(points)) for j in range(len(points)) if i != j]
        return sum(kernel(points[i], points[j]) for i, j in pairs) / len(pairs)

    between = sum(kernel(x, y) for x in codes for y in prior) / (len(codes) * len(prior))
    return within(codes) + within(prior) - 2 * between


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_mmd2_is_the_papers_sum_over_pairs(dimensions):
    codes, prior = 2 * normal(12, dimensions) + 1, normal(9, dimensions, seed=1)
    assert mmd2(codes, prior) == pytest.approx(dense_mmd2(codes, prior), abs=1e-12)


def test_mmd2_in_blocks_is_mmd2_at_once(monkeypatch):
    codes, prior = normal(50, 2) + 1, normal(40, 2, seed=1)
    at_once = mmd2(codes, prior)
    monkeypatch.setattr("aecore.metrics._distances.BLOCK", 7 * 45)
    assert mmd2(codes, prior) == pytest.approx(at_once, abs=1e-12)


@pytest.mark.parametrize("dimensions", [3, 64, 65, 100])
def test_mmd2_of_wide_codes_and_of_codes_far_off_is_the_papers_too(dimensions):
    codes, prior = 2 * normal(12, dimensions) + 100, normal(9, dimensions, seed=1)
    assert mmd2(codes, prior) == pytest.approx(dense_mmd2(codes, prior), abs=1e-4)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_mmd2_between_two_samples_of_the_prior_is_around_zero_on_either_side(dimensions):
    found = [
        mmd2(normal(200, dimensions, seed=2 * i), normal(200, dimensions, seed=2 * i + 1)) for i in range(8)
    ]
    assert abs(np.mean(found)) < 0.004
    assert min(found) < 0 < max(found)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_mmd2_of_shifted_codes_is_large(dimensions):
    assert mmd2(normal(200, dimensions) + 3, normal(200, dimensions, seed=1)) > 0.2


def test_mmd2_of_codes_at_one_point_is_large():
    assert mmd2(np.zeros((50, 2)), normal(200, 2)) > 0.1


@given(arrays(np.float32, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-1e6, 1e6, width=32)))
def test_cell_shares_sum_to_1_wherever_the_codes_lie(codes):
    shares = cell_shares(codes)
    assert shares.shape == (10, 20)
    assert shares.sum() == pytest.approx(1)


def test_under_the_prior_every_cell_holds_its_due():
    shares = cell_shares(normal(400_000, 2))
    np.testing.assert_allclose(shares, 1 / 200, rtol=0.12)  # five standard errors of 2,000 codes


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_under_another_spread_they_do_not(scale):
    assert abs(cell_shares(scale * normal(20_000, 2)) * 200 - 1).max() > 0.5


@given(st.floats(0.05, 5), st.floats(0, 2 * math.pi, exclude_max=True))
def test_a_code_falls_into_the_ring_of_its_radius_and_the_sector_of_its_angle(radius, angle):
    ring = (1 - math.exp(-(radius**2) / 2)) * 10
    sector = angle / (2 * math.pi) * 20
    if min(ring % 1, 1 - ring % 1, sector % 1, 1 - sector % 1) > 1e-6:  # not on an edge
        shares = cell_shares(np.array([[radius * math.cos(angle), radius * math.sin(angle)]]))
        assert shares[min(int(ring), 9), int(sector)] == 1


def middles() -> np.ndarray:
    """One code in the middle of each of the 200 cells."""
    ring, sector = np.indices((10, 20)).reshape(2, -1)
    radius, angle = np.sqrt(-2 * np.log1p(-(ring + 0.5) / 10)), (sector + 0.5) / 20 * 2 * np.pi
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def test_codes_in_every_cell_have_no_variation_and_no_hole():
    assert total_variation(middles()) == pytest.approx(0, abs=1e-12)
    assert hole_share(middles()) == 0


def test_codes_at_one_point_leave_all_cells_but_one_empty():
    codes = np.full((10, 2), 0.5)
    assert total_variation(codes) == pytest.approx(199 / 200)
    assert hole_share(codes) == pytest.approx(199 / 200)


@pytest.mark.parametrize("kept", [50, 100, 150])
def test_codes_that_leave_cells_empty_are_off_by_the_share_of_those_cells(kept):
    assert total_variation(middles()[:kept]) == pytest.approx(1 - kept / 200)
    assert hole_share(middles()[:kept]) == pytest.approx(1 - kept / 200)


def test_a_cell_at_a_quarter_of_its_due_is_no_hole_and_one_below_is():
    others = np.repeat(middles()[1:], 8, axis=0)
    few = {count: np.concatenate([others, np.repeat(middles()[:1], count, axis=0)]) for count in (1, 3)}
    assert hole_share(few[1]) == 1 / 200
    assert hole_share(few[3]) == 0


def test_a_cell_with_one_code_among_many_is_a_hole_and_not_empty():
    codes = np.concatenate([np.repeat(middles()[2:], 8, axis=0), middles()[:1]])
    assert hole_share(codes) == 2 / 200
    assert empty_share(codes) == 1 / 200


@given(arrays(np.float64, (20, 3), elements=st.floats(-1e3, 1e3)))
def test_whitened_codes_have_mean_0_and_covariance_1_or_0_where_they_never_vary(codes):
    codes[:, 2] = codes[0, 2]
    found = whitened(codes)
    _, _, widths = principal_axes(codes)
    varies = widths > 1e-4 * abs(codes).max()
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(
        (found.T @ found / 20)[np.ix_(varies, varies)], np.eye(varies.sum()), atol=1e-4
    )
    assert (found[:, 2] == 0).all()


def test_of_another_prior_whitened_codes_are_not_turned():
    codes = normal(4000, 2) * [3.0, 1.0]
    found = whitened(codes, "swiss_roll")
    assert np.corrcoef(found[:, 0], codes[:, 0])[0, 1] > 0.99
    assert np.corrcoef(found[:, 1], codes[:, 1])[0, 1] > 0.99


@pytest.mark.parametrize("prior", priors.names())
def test_samples_as_wide_as_codes_have_their_mean_and_covariance(prior):
    codes = normal(500, 2) @ np.array([[3.0, 1.0], [0.0, 0.5]]) + [4.0, -7.0]
    found = as_wide_as(priors.sample(prior, 300, 2, np.random.default_rng(1)), codes, prior)
    np.testing.assert_allclose(found.mean(0), codes.mean(0), atol=1e-5)
    np.testing.assert_allclose(np.cov(found.T, ddof=0), np.cov(codes.T, ddof=0), rtol=1e-4)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_the_kl_of_the_gaussian_fit_is_torchs_own(dimensions):
    codes = 2 * normal(500, dimensions) @ normal(dimensions, dimensions, seed=1) + 1
    fit = torch.distributions.MultivariateNormal(
        torch.tensor(codes.mean(0)), torch.tensor(np.cov(codes.T, ddof=0).reshape(dimensions, dimensions))
    )
    prior = torch.distributions.MultivariateNormal(
        torch.zeros(dimensions, dtype=torch.float64), torch.eye(dimensions, dtype=torch.float64)
    )
    assert gaussian_kl(codes) == pytest.approx(torch.distributions.kl_divergence(fit, prior).item())


def test_a_dead_unit_costs_the_gaussian_fit_nine_nats_and_not_infinity():
    codes = normal(5000, 2)
    codes[:, 1] = 0
    assert gaussian_kl(codes) == pytest.approx(0.5 * (math.log(1e8) - 1), abs=0.01)


@pytest.mark.parametrize("dimensions", [2, 20])
def test_the_gaussian_fit_of_a_sample_is_off_by_its_known_bias(dimensions):
    found = np.mean([gaussian_kl(normal(2000, dimensions, seed=seed)) for seed in range(20)])
    assert found == pytest.approx(dimensions * (dimensions + 3) / (4 * 2000), rel=0.25)


def dense_filling(codes: np.ndarray, prior: np.ndarray) -> tuple[float, float]:
    """Coverage and density as the paper writes them: all distances at once, k = 5."""
    apart = np.linalg.norm(prior[:, None] - prior, axis=2)
    radii = np.sort(apart, axis=1)[:, 5]  # the first is the point itself
    inside = np.linalg.norm(prior[:, None] - codes, axis=2) <= radii[:, None]
    return inside.any(1).mean(), inside.sum() / (5 * len(codes))


@pytest.mark.parametrize("dimensions", [1, 2, 3, 8])
def test_filling_is_the_papers_count_over_all_pairs(dimensions):
    codes, prior = 0.9 * normal(150, dimensions) + 0.3, normal(120, dimensions, seed=1)
    expected = dense_filling(codes, prior)
    assert 0.01 < expected[0] < 1
    assert tuple(density_coverage(codes, prior)) == pytest.approx(expected)


@pytest.mark.parametrize("dimensions", [2, 8])
def test_a_sample_of_the_prior_covers_what_the_papers_lemma_says(dimensions):
    count = 1500
    expected = 1 - math.prod((count - i) / (2 * count - i) for i in range(1, 6))
    found = density_coverage(normal(count, dimensions), normal(count, dimensions, seed=1))
    assert found.coverage == pytest.approx(expected, abs=0.02)
    assert found.density == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("dimensions", [2, 8])
def test_codes_far_from_the_prior_cover_none_of_it(dimensions):
    assert tuple(density_coverage(normal(50, dimensions) + 99, normal(50, dimensions, seed=1))) == (0, 0)


@pytest.mark.parametrize("dimensions", [2, 8])
def test_six_and_fewer_samples_of_the_prior_make_do_with_fewer_neighbours(dimensions):
    points = normal(3, dimensions)
    assert density_coverage(points, points).coverage == 1


def test_an_image_is_recognised_if_a_class_is_likelier_than_none_and_one_class_is_nine_tenths_of_all():
    probabilities = [[0.95, 0.05], [0.9, 0.1], [0.5, 0.01], [0.4, 0.01], [0.3, 0.3], [0.0, 1.0], [0.0, 0.0]]
    assert recognised(np.array(probabilities)).tolist() == [True, False, True, False, False, True, False]


def test_the_share_recognised_is_the_mean():
    probabilities = np.array([[0.95, 0.05], [0.9, 0.1], [0.2, 0.0], [0.0, 1.0]])
    assert decoded_prior(probabilities, np.array([0, 1]), 2)["decoded_recognised"] == 0.5


def test_decoded_classes_are_off_by_the_share_that_would_have_to_change():
    probabilities = np.eye(3)[[0, 0, 0, 1]]
    labels = np.array([0, 1, 2, 2], np.uint8)
    assert decoded_prior(probabilities, labels, 3)["decoded_class_tv"] == pytest.approx(0.5)
    assert decoded_prior(probabilities, np.array([0, 0, 0, 1]), 3)["decoded_class_tv"] == 0


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_the_spread_is_the_mean_over_dimensions(dimensions):
    codes = normal(1000, dimensions) * np.arange(1, dimensions + 1)
    assert coverage(codes, 0)["code_std"] == pytest.approx(np.mean(np.arange(1, dimensions + 1)), rel=0.05)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_cells_are_counted_in_two_dimensions_only(dimensions):
    assert ("hole_share" in coverage(normal(50, dimensions), 0)) == (dimensions == 2)


def test_the_centre_is_its_distance_from_the_origin():
    assert coverage(normal(4000, 2) + np.array([3, 4]), 0)["code_mean_norm"] == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("prior", priors.names())
def test_every_number_of_coverage_has_a_meaning_and_its_floors(prior):
    found = coverage(normal(60, 2), 0, prior) | nulls(60, 2, prior)
    assert {floor for name in found for floor in catalog.METRICS[name].floors} <= set(found)


@pytest.mark.parametrize("prior", [name for name in priors.names() if name != "standard_normal"])
def test_against_another_prior_nothing_is_compared_with_a_standard_normal(prior):
    found = coverage(normal(60, 2), 0, prior)
    assert not {"gaussian_kl", "total_variation", "hole_share_whitened", "empty_share"} & set(found)


@pytest.mark.parametrize("prior", priors.names())
def test_codes_from_a_prior_fit_it_and_no_other(prior):
    codes = priors.sample(prior, 1500, 2, np.random.default_rng(9))
    found = {name: coverage(codes, 0, name) for name in priors.names()}
    assert min(found, key=lambda name: found[name]["mmd2"]) == prior
    assert max(found, key=lambda name: found[name]["prior_coverage"]) == prior
    assert found[prior]["prior_coverage"] == pytest.approx(coverage_by_chance(1500), abs=0.03)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_whitened_numbers_know_nothing_of_place_scale_and_rotation(dimensions):
    codes = normal(200, dimensions) * np.arange(1, dimensions + 1)
    turn = np.linalg.qr(normal(dimensions, dimensions, seed=4))[0]
    one, other = coverage(codes, 0), coverage(9 * codes @ turn - 4, 0)
    kept = [name for name in one if name.endswith("_whitened")]
    assert kept
    for name in kept:
        assert one[name] == pytest.approx(other[name], abs=1e-9)
    assert one["mmd2"] < other["mmd2"] / 1.5


def test_all_codes_at_one_point_still_give_finite_numbers():
    assert np.isfinite(list(coverage(np.zeros((50, 2), np.float32), 0).values())).all()


def test_codes_from_the_prior_score_like_their_nulls():
    found = coverage(normal(2000, 2, seed=7), 0) | nulls(2000, 2, "standard_normal")
    assert found["gaussian_kl"] == pytest.approx(found["gaussian_kl_null"], abs=0.004)
    assert found["prior_coverage"] == pytest.approx(found["prior_coverage_null"], abs=0.03)
    assert found["prior_density"] == pytest.approx(found["prior_density_null"], abs=0.08)
    assert found["mmd2_whitened"] == pytest.approx(found["mmd2_null"], abs=0.003)
    assert found["empty_share"] == pytest.approx(found["empty_share_null"], abs=0.02)
    assert found["mmd2"] == pytest.approx(found["mmd2_null"], abs=0.003)
    assert found["total_variation"] == pytest.approx(found["total_variation_null"], abs=0.03)
    assert found["hole_share"] == pytest.approx(found["hole_share_null"], abs=0.02)


def test_coverage_is_the_same_for_the_same_seed():
    assert coverage(normal(100, 2), 3) == coverage(normal(100, 2), 3)


# Clustering


def vote(train, train_labels, codes, labels) -> float:
    """The share of right answers by counting the 15 nearest by hand."""
    right = 0
    for code, label in zip(codes, labels, strict=True):
        nearest = sorted(range(len(train)), key=lambda i: ((train[i] - code) ** 2).sum())[:15]
        counts = np.bincount(train_labels[nearest])
        right += counts.argmax() == label
    return right / len(codes)


def test_knn_accuracy_is_a_vote_of_the_15_nearest_counted_by_hand():
    train, codes = normal(80, 2), normal(40, 2, seed=1)
    train_labels, labels = (points[:, 0] > 0.2 for points in (train, codes))
    train_labels, labels = train_labels.astype(int), (labels ^ (codes[:, 1] > 1)).astype(int)
    expected = vote(train, train_labels, codes, labels)
    assert 0.5 < expected < 1
    assert knn_accuracy(train, train_labels, codes, labels) == pytest.approx(expected)


def test_fifteen_vote_not_fourteen_nor_sixteen():
    # 7 of class 0 nearest, then 8 of class 1, then many of class 0: only 15 votes elect class 1
    train = np.arange(40, dtype=float)[:, None]
    labels = np.array([0] * 7 + [1] * 8 + [0] * 25)
    assert knn_accuracy(train, labels, np.array([[-1.0]]), np.array([1])) == 1


def test_classes_that_lie_apart_are_all_told_apart():
    labels = np.repeat([0, 1, 2], 20)
    train = normal(60, 2) + 100 * labels[:, None]
    assert knn_accuracy(train, labels, train + 0.01, labels) == 1


def test_the_linear_probe_finds_the_classes_that_a_straight_cut_tells_apart():
    train, codes = normal(300, 2), normal(200, 2, seed=1)
    found = linear_probe(train, (train @ [3, 1] > 0).astype(int), codes, (codes @ [3, 1] > 0).astype(int))
    assert found > 0.93


def test_the_linear_probe_does_not_find_a_ring_round_a_class_where_a_vote_does():
    train, codes = normal(600, 2), normal(300, 2, seed=1)
    train_labels, labels = (np.linalg.norm(points, axis=1) > 1.18 for points in (train, codes))
    assert linear_probe(train, train_labels, codes, labels) < 0.65
    assert knn_accuracy(train, train_labels, codes, labels) > 0.9


def test_the_linear_probe_is_scikit_learns_on_codes_standardised_by_the_training_codes():
    from sklearn.linear_model import LogisticRegression

    train, codes = normal(300, 3) * [1, 100, 0.01] + 5, normal(200, 3, seed=1) * [1, 100, 0.01] + 5.2
    train_labels, labels = ((points @ [1, 0.01, 100]).round().astype(int) % 3 for points in (train, codes))
    middle, spread = train.mean(0), train.std(0)
    probe = LogisticRegression(max_iter=1000).fit((train - middle) / spread, train_labels)
    expected = probe.score((codes - middle) / spread, labels)
    assert linear_probe(train, train_labels, codes, labels) == pytest.approx(expected, abs=0.006)


def test_the_linear_probe_is_the_same_each_time_and_survives_a_dead_unit():
    train, codes = normal(200, 3), normal(100, 3, seed=1)
    train[:, 1] = codes[:, 1] = 0
    given_ = (train, np.arange(200) % 4, codes, np.arange(100) % 4)
    assert linear_probe(*given_) == linear_probe(*given_)


def test_a_probe_that_knows_one_class_only_answers_with_it():
    assert linear_probe(normal(20, 2), np.full(20, 3), normal(4, 2), np.array([3, 3, 1, 3])) == 0.75


@pytest.mark.parametrize(("dimensions", "k"), [(1, 3), (2, 15), (5, 1), (70, 15)])
def test_trustworthiness_is_scikit_learns_own_and_continuity_the_same_with_the_spaces_exchanged(
    dimensions, k
):
    from sklearn import manifold

    space = normal(90, 100)
    codes = space[:, :dimensions] + 0.3 * normal(90, dimensions, seed=1)
    found = neighbourhoods(space, codes, k)
    assert found.trustworthiness == pytest.approx(manifold.trustworthiness(space, codes, n_neighbors=k))
    assert found.continuity == pytest.approx(manifold.trustworthiness(codes, space, n_neighbors=k))


def test_either_of_the_two_can_be_had_alone():
    space, codes = normal(60, 8), normal(60, 2, seed=1)
    assert (trustworthiness(space, codes), continuity(space, codes)) == neighbourhoods(space, codes)


def test_neighbourhoods_in_blocks_are_neighbourhoods_at_once(monkeypatch):
    space, codes = normal(90, 20), normal(90, 20)[:, :2]
    at_once = neighbourhoods(space, codes)
    monkeypatch.setattr("aecore.metrics._distances.BLOCK", 7 * 90)
    assert tuple(neighbourhoods(space, codes)) == pytest.approx(tuple(at_once))


@given(st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_a_map_that_only_moves_and_scales_keeps_every_neighbourhood(scale, shift):
    assert tuple(neighbourhoods(normal(40, 3), scale * normal(40, 3) + shift)) == pytest.approx((1, 1))


@given(arrays(np.float64, (12, 2), elements=st.integers(0, 2)), arrays(np.float64, (12, 1)))
def test_neighbourhoods_stay_between_0_and_1_whatever_coincides(space, codes):
    found = neighbourhoods(space, np.clip(np.nan_to_num(codes), -1, 1), 4)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found)


def test_codes_that_have_all_fallen_together_are_worth_as_much_as_random_ones():
    space = normal(400, 5)
    for codes in (normal(400, 2, seed=1), np.zeros((400, 2))):
        assert tuple(neighbourhoods(space, codes)) == pytest.approx((0.5, 0.5), abs=0.05)


@pytest.mark.parametrize("count", [3, 10, 20])
def test_few_points_make_do_with_fewer_neighbours(count):
    assert tuple(neighbourhoods(normal(count, 3), normal(count, 3))) == pytest.approx((1, 1))


# Sparsity


def test_active_entries_are_those_above_a_hundredth_of_the_largest_of_their_own_code():
    codes = np.array([[100.0, -1.1, 0.9, 0.0], [0.01, 0.01, -0.01, 0.01]])
    assert living_activity(codes) == pytest.approx((2 / 4 + 4 / 4) / 2)


def test_dead_units_make_no_code_sparse():
    codes = np.abs(normal(50, 6)) + 1
    with_dead = np.concatenate([codes, np.zeros((50, 20))], axis=1)
    assert living_activity(with_dead) == living_activity(codes) == 1
    assert living_hoyer(with_dead) == pytest.approx(living_hoyer(codes))


def test_an_empty_code_has_no_active_entry():
    assert living_activity(np.zeros((3, 5))) == 0


@given(arrays(np.float64, (4, 6), elements=st.integers(-9, 9)), st.sampled_from([1e-12, 0.5, 1e9]))
def test_sparsity_does_not_depend_on_the_scale_of_the_codes(codes, scale):
    assert living_activity(scale * codes) == pytest.approx(living_activity(codes))
    assert living_hoyer(scale * codes) == pytest.approx(living_hoyer(codes))


@given(arrays(np.float64, (1, 6), elements=st.integers(-9, 9).filter(bool)))
def test_hoyer_is_the_papers_ratio_of_norms(code):
    root, (entries,) = math.sqrt(6), code
    ratio = sum(abs(entries)) / math.sqrt(sum(entries**2))
    assert living_hoyer(code) == pytest.approx((root - ratio) / (root - 1), abs=1e-12)


def test_hoyer_is_0_for_even_codes_1_for_a_single_entry_and_the_mean_of_several():
    even, single = np.full((9, 9), -2.0), np.eye(9)
    assert living_hoyer(even) == pytest.approx(0, abs=1e-12)
    assert living_hoyer(single) == pytest.approx(1)
    assert living_hoyer(np.concatenate([even, single])) == pytest.approx(0.5)


def test_by_convention_hoyer_is_1_for_an_empty_code_and_for_codes_of_one_number():
    assert living_hoyer(np.zeros((2, 4))) == pytest.approx(1)
    assert living_hoyer(normal(5, 1)) == 1


def test_a_unit_is_dead_if_it_is_0_for_every_image():
    codes = np.array([[0, 0, 1.0, 0], [0, 2, 0, 0]])
    assert dead_units(codes) == 0.5


# The discriminator


@pytest.mark.parametrize("error", [0.01, 0.1, 0.3, 0.49])
def test_a_discriminator_at_the_entropy_of_its_error_is_the_best_there_is(error):
    loss = -2 * (error * math.log(error) + (1 - error) * math.log(1 - error))
    assert best_accuracy(loss) == pytest.approx(1 - error)


def test_a_discriminator_that_guesses_or_does_worse_is_at_a_half_and_one_without_loss_at_one():
    assert best_accuracy(2 * math.log(2)) == pytest.approx(0.5, abs=1e-6)
    assert best_accuracy(5.0) == pytest.approx(0.5, abs=1e-6)
    assert best_accuracy(0.0) == pytest.approx(1)


def test_a_loss_that_a_fresh_classifier_contradicts_is_called_misleading():
    wide = {"discriminator_loss": 1.333, "two_sample_accuracy": 0.999}  # Fashion-MNIST's AAE with z = 32
    assert disagreement(wide, "discriminator_loss") == (
        "Misleading here: the best discriminator of this loss is right 61% of the time, and one trained "
        "afresh 99.9%. The codes do not follow the prior."
    )
    honest = {"discriminator_loss": 1.332, "two_sample_accuracy": 0.566}  # MNIST's with z = 2
    assert not disagreement(honest, "discriminator_loss")
    assert not disagreement({"discriminator_loss": 1.333}, "discriminator_loss")
    assert not disagreement(wide, "mse")


def test_what_chance_explains_is_no_disagreement():
    near = {"discriminator_loss": 2 * math.log(2), "two_sample_accuracy": 0.51}
    assert disagreement(near, "discriminator_loss")
    assert not disagreement(near | {"two_sample_accuracy_null_sd": 0.01}, "discriminator_loss")


# Posterior


def test_kl_per_dimension_is_torchs_own_averaged_over_images():
    mean, log_var = normal(30, 4), normal(30, 4, seed=1)
    posterior = torch.distributions.Normal(torch.tensor(mean), torch.tensor(log_var).mul(0.5).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(kl_per_dimension(mean, log_var), expected)


def test_a_dimension_that_stays_at_the_prior_has_no_kl():
    assert kl_per_dimension(np.zeros((5, 3), np.float32), np.zeros((5, 3), np.float32)).tolist() == [0, 0, 0]


def test_a_unit_is_active_if_the_variance_of_its_mean_is_above_a_hundredth():
    mean = np.array([-1.0, 1.0])[:, None] * np.sqrt([0.0, 0.009, 0.011, 4.0]) + 5
    assert active_units(mean) == 2


# Denoising


def test_denoising_compares_the_denoised_and_the_noisy_with_the_clean():
    clean, noisy, denoised = images(6), images(6, 1), images(6, 2)
    assert denoising(clean, noisy, denoised) == {
        "denoised_psnr": psnr(clean, denoised),
        "denoised_ssim": ssim(clean, denoised),
        "noisy_psnr": psnr(clean, noisy),
        "noisy_ssim": ssim(clean, noisy),
    }


def test_the_linear_denoiser_is_scikit_learns_ridge_clipped_to_pixels(monkeypatch):
    from sklearn.linear_model import Ridge

    monkeypatch.setattr("aecore.metrics.denoising.ROWS", 37)
    clean = images(200) > 0.5
    noisy = np.clip(clean + 0.5 * normal(200, 4, 4, 1), 0, 1).astype(np.float32)
    ridge = Ridge(1.0).fit(noisy.reshape(200, -1).astype(np.float64), clean.reshape(200, -1))
    expected = ridge.predict(noisy[:50].reshape(50, -1)).reshape(50, 4, 4, 1)
    assert (expected.min(), expected.max()) != (0, 1)
    found = ridge_denoiser(noisy, clean.astype(np.float32))(noisy[:50])
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=1e-5)


def test_the_linear_denoiser_keeps_float32_and_shapes_and_learns_from_pixels_that_never_vary():
    clean = images(30)
    clean[:, 0] = 0
    found = ridge_denoiser(clean, clean)(clean[:7])
    assert (found.dtype, found.shape) == (np.float32, (7, 4, 4, 1))
    np.testing.assert_allclose(found[:, 0], 0, atol=1e-5)


# Meanings


def test_every_floor_that_is_named_has_a_meaning():
    named = {floor for meaning in catalog.METRICS.values() for floor in meaning.floors}
    assert named <= set(catalog.METRICS)


def test_a_number_and_its_floor_have_one_unit():
    for meaning in catalog.METRICS.values():
        assert {catalog.METRICS[floor].unit for floor in meaning.floors} <= {meaning.unit}


def test_every_meaning_has_a_label_and_a_sentence():
    for meaning in catalog.METRICS.values():
        assert meaning.label
        assert meaning.sentence.endswith(".")


def test_a_number_stands_in_a_group_unless_it_is_a_floor_of_another():
    floors_of_others = {floor for meaning in catalog.METRICS.values() for floor in meaning.floors}
    floors_of_others |= {f"{floor}_sd" for floor in floors_of_others if floor.endswith("_null")}
    assert {name for name, meaning in catalog.METRICS.items() if meaning.is_floor} == floors_of_others


def test_the_numbers_of_a_group_stand_together_in_the_order_of_the_groups():
    listed = [meaning.group for meaning in catalog.METRICS.values() if not meaning.is_floor]
    assert listed == sorted(listed, key=catalog.GROUPS.index)
    assert set(listed) == set(catalog.GROUPS)


def test_numbers_have_labels_of_their_own():
    labels = [meaning.label for meaning in catalog.METRICS.values() if not meaning.is_floor]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("variant", variants.names())
def test_every_number_a_run_stores_has_a_meaning_and_its_floors(finished_run, variant):
    stored = finished_run(variant).metrics
    assert set(stored) <= set(catalog.METRICS)
    needed = {floor for name in stored for floor in catalog.METRICS[name].floors}
    is_conditional = variants.module(variant).Variant.is_conditional
    assert needed - set(stored) == (set() if is_conditional else {"class_mean_mse"})
