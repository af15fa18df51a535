"""Every number a run reports, against scikit-learn, PyTorch or a plain loop."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore import metrics, variants
from aecore.metrics.clustering import knn_accuracy
from aecore.metrics.coverage import cell_shares, coverage, hole_share, mmd2, total_variation
from aecore.metrics.reconstruction import cross_entropy, floors, squared_errors

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
    monkeypatch.setattr("aecore.metrics.coverage.BLOCK", 7)
    assert mmd2(codes, prior) == pytest.approx(at_once, abs=1e-12)


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


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_the_spread_is_the_mean_over_dimensions(dimensions):
    codes = normal(1000, dimensions) * np.arange(1, dimensions + 1)
    assert coverage(codes, 0)["code_std"] == pytest.approx(np.mean(np.arange(1, dimensions + 1)), rel=0.05)


@pytest.mark.parametrize("dimensions", DIMENSIONS)
def test_cells_are_counted_in_two_dimensions_only(dimensions):
    assert ("hole_share" in coverage(normal(50, dimensions), 0)) == (dimensions == 2)


def test_codes_from_the_prior_score_like_their_nulls():
    found = coverage(normal(2000, 2, seed=7), 0)
    assert found["mmd2"] == pytest.approx(found["mmd2_null"], abs=0.003)
    assert found["total_variation"] == pytest.approx(found["total_variation_null"], abs=0.03)
    assert found["hole_share"] == pytest.approx(found["hole_share_null"], abs=0.02)


def test_coverage_is_the_same_for_the_same_seed_and_its_null_knows_nothing_of_the_codes():
    one, other = coverage(normal(100, 2), 3), coverage(normal(100, 2) + 5, 3)
    assert one == coverage(normal(100, 2), 3)
    assert one["mmd2_null"] == other["mmd2_null"]
    assert one["total_variation_null"] == other["total_variation_null"]


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


# Meanings


def test_every_floor_that_is_named_has_a_meaning():
    named = {floor for meaning in metrics.MEANINGS.values() for floor in meaning.floors}
    assert named <= set(metrics.MEANINGS)


def test_a_number_and_its_floor_have_one_unit():
    for meaning in metrics.MEANINGS.values():
        assert {metrics.MEANINGS[floor].unit for floor in meaning.floors} <= {meaning.unit}


def test_every_meaning_has_a_label_and_a_sentence():
    for meaning in metrics.MEANINGS.values():
        assert meaning.label
        assert meaning.sentence.endswith(".")


@pytest.mark.parametrize("variant", variants.names())
def test_every_number_a_run_stores_has_a_meaning_and_its_floors(finished_run, variant):
    stored = finished_run(variant).metrics
    assert set(stored) <= set(metrics.MEANINGS)
    assert {floor for name in stored for floor in metrics.MEANINGS[name].floors} <= set(stored)
