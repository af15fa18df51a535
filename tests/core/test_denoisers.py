"""Filters, what they take from training images, and how denoisers are measured."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from aecore import calibration, datasets, denoisers, filters, noisy_pairs
from aecore.calibration import Affine, fit_affine
from aecore.degradations import KINDS
from aecore.denoisers import BASELINES, NOISY, TIMED, by_filter, by_ridge, compare, measure
from aecore.errors import BadValue, UnknownName
from aecore.filters import FILTERS, Filter, Parameter, filtered
from aecore.metrics.denoising import ridge_denoiser

every_filter = pytest.mark.parametrize("name", list(FILTERS))
KIND, LEVEL = "gaussian", 0.5


@pytest.fixture(autouse=True)
def fresh():
    """Nothing that another test has worked out."""
    for cached in (calibration._search, calibration._ridge, calibration.debias, noisy_pairs._training_pixels):
        cached.cache_clear()


def images(count=3, shape=(12, 10, 2), seed=0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, *shape), np.float32)


# Filters


@every_filter
@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (9, 14, 3)], ids=str)
def test_a_filter_keeps_shapes_and_numbers_of_pixels(name, shape):
    found = filtered(name, images(2, shape))
    assert (found.shape, found.dtype) == ((2, *shape), np.float32)
    assert np.isfinite(found).all()


@every_filter
@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_a_filter_leaves_a_flat_image_alone(name, grey):
    flat = np.full((1, 8, 8, 1), grey, np.float32)
    coarse = 6 / 255 if name == "jpeg" else 1 / 255  # at quality 10 it rounds means to tens of grey levels
    np.testing.assert_allclose(filtered(name, flat), flat, atol=coarse)


@every_filter
def test_each_channel_is_filtered_by_itself(name):
    pixels = images(1)
    alone = filtered(name, pixels[..., 1:])
    np.testing.assert_array_equal(filtered(name, pixels)[..., 1:], alone)


def test_the_median_is_that_of_a_square():
    pixels = images(1, (7, 7, 1))
    windows = np.lib.stride_tricks.sliding_window_view(pixels[0, ..., 0], (3, 3))
    found = filtered("median", pixels, 3)[0, 1:-1, 1:-1, 0]
    np.testing.assert_array_equal(found, np.median(windows, axis=(2, 3)))


@pytest.mark.parametrize("name", [name for name, one in FILTERS.items() if one.parameter])
def test_what_is_tried_and_what_is_usual_lie_in_the_range(name):
    parameter = FILTERS[name].parameter
    assert parameter.minimum <= min(parameter.values) <= parameter.usual <= max(parameter.values)
    assert max(parameter.values) <= parameter.maximum
    with pytest.raises(BadValue, match="it must be from"):
        filtered(name, images(), parameter.maximum + 1)


def test_an_unknown_filter_is_answered_with_a_sentence():
    with pytest.raises(UnknownName, match="There is no filter called 'bm3d'"):
        filtered("bm3d", images())


# What training images give


def planted(monkeypatch, clean, noisy, apply, values):
    """A filter, and training images that are spoilt in a known way."""
    monkeypatch.setattr(calibration, "training_pair", lambda *_: (clean, noisy))
    parameter = Parameter("value", "", values, values[0], min(values), max(values), 0.1)
    monkeypatch.setitem(filters.FILTERS, "planted", Filter("Planted", "", parameter, apply))


def test_the_search_finds_the_planted_optimum(monkeypatch):
    clean = 0.7 * images(5)
    planted(monkeypatch, clean, clean + 0.2, lambda pixels, value: pixels - value, (0.0, 0.1, 0.2, 0.3))
    found = calibration.search("digits", KIND, LEVEL, "planted")
    assert found.best(is_debiased=False) == 0.2
    assert np.argmax(found.raw) == 2


def test_the_search_for_the_debiased_filter_looks_past_the_affine_map(monkeypatch):
    clean = images(5)
    noisy = np.sqrt(0.5 * clean)  # value 2 leaves 0.5 clean: far off raw, exact debiased
    planted(monkeypatch, clean, noisy, lambda pixels, value: pixels**value, (1.0, 1.5, 2.0, 3.0))
    assert calibration.search("digits", KIND, LEVEL, "planted").best(is_debiased=True) == 2.0


def test_the_debias_recovers_a_planted_affine_map():
    clean = images()
    found = fit_affine((clean - 0.3) / 1.7, clean)
    assert (found.scale, found.offset) == pytest.approx((1.7, 0.3), abs=1e-6)


def test_the_debias_of_a_constant_is_the_mean():
    clean = images()
    assert fit_affine(np.zeros_like(clean), clean) == Affine(0.0, pytest.approx(clean.mean(dtype=np.float64)))


def test_nothing_is_fitted_to_test_images(monkeypatch):
    load, splits = datasets.load_images, []
    monkeypatch.setattr(
        datasets, "load_images", lambda name, split: splits.append(split) or load(name, split)
    )
    calibration.fit("digits", KIND, LEVEL, list(FILTERS))
    for name in (NOISY, *FILTERS):
        by_filter(name, "digits", KIND, LEVEL, is_debiased=True)
    by_ridge("digits", KIND, LEVEL)
    assert set(splits) == {"train"}


def test_what_was_searched_is_kept(monkeypatch):
    first = calibration.search("digits", KIND, LEVEL, "median")
    calibration._search.cache_clear()
    monkeypatch.setattr(calibration, "filtered", None)
    second = calibration.search("digits", KIND, LEVEL, "median")
    np.testing.assert_array_equal(first.raw, second.raw)
    np.testing.assert_array_equal(first.debiased, second.debiased)


def test_fitted_is_what_was_fitted():
    assert not calibration.is_fitted("digits", KIND, LEVEL, ["median"])
    shares = []
    calibration.fit("digits", KIND, LEVEL, ["median"], lambda share, note: shares.append((share, note)))
    assert calibration.is_fitted("digits", KIND, LEVEL, ["median"])
    assert not calibration.is_fitted("digits", KIND, LEVEL, ["median", "jpeg"])
    assert not calibration.is_fitted("digits", KIND, 0.55, ["median"])
    assert shares == [(0.0, "Median"), (0.5, "Linear ridge")]


def test_the_kept_ridge_is_the_fitted_one_to_a_grey_level():
    clean, noisy = noisy_pairs.training_pair("digits", KIND, LEVEL, calibration.RIDGE_IMAGES)
    fresh = ridge_denoiser(noisy, clean)(noisy[:50])
    by_ridge("digits", KIND, LEVEL)
    calibration._ridge.cache_clear()
    np.testing.assert_allclose(by_ridge("digits", KIND, LEVEL)(noisy[:50]), fresh, atol=1 / 255)


def test_training_and_test_images_get_noise_of_their_own():
    clean = images(4, (8, 8, 1))
    assert not np.array_equal(*(noisy_pairs.spoilt(clean, KIND, LEVEL, seed) for seed in (0, 1)))


@pytest.mark.parametrize("kind", list(KINDS))
def test_levels_are_fitted_from_the_smallest_to_the_largest(kind):
    levels = noisy_pairs.levels(kind)
    assert (levels[0], levels[-1]) == (KINDS[kind].minimum, KINDS[kind].maximum)
    assert list(levels) == sorted(levels)
    assert KINDS[kind].reference in levels
    assert noisy_pairs.nearest_level(kind, levels[1] + 1e-3) == levels[1]


def test_each_image_has_its_square_at_a_place_of_its_own():
    found = noisy_pairs.spoilt(np.ones((20, 8, 8, 1), np.float32), "square", 0.4, 0)
    assert len({image.tobytes() for image in found}) > 10
    assert (found == 0).reshape(20, -1).sum(1).max() <= 16


# Measures


def test_psnr_and_ssim_are_those_of_scikit_image():
    clean, noisy = images(2, (28, 28, 1))
    found = measure(clean, noisy, lambda batch: batch)
    assert found.psnr == pytest.approx(peak_signal_noise_ratio(clean, noisy, data_range=1), abs=1e-4)
    expected = structural_similarity(clean[..., 0], noisy[..., 0], data_range=1)
    assert found.ssim == pytest.approx(expected, abs=1e-4)
    np.testing.assert_array_equal(found.image, noisy)


def test_a_denoiser_is_timed_after_its_first_call(monkeypatch):
    clock, calls = iter(range(100)), []
    monkeypatch.setattr(denoisers.time, "perf_counter", lambda: next(clock) / 1000)
    found = measure(*images(2, (8, 8, 1)), lambda batch: calls.append(len(batch)) or batch)
    assert calls == [1] * (TIMED + 1)
    assert found.milliseconds == pytest.approx(1.0)


def test_a_comparison_names_every_denoiser():
    clean, noisy = images(2, (8, 8, 1))
    found = compare(clean, noisy, {"same": lambda batch: batch, "black": np.zeros_like})
    assert found["same"].psnr > 0
    assert not found["black"].image.any()


def test_debiasing_helps_a_filter_at_strong_noise():
    clean, noisy = noisy_pairs.training_pair("digits", KIND, LEVEL, 50)
    raw, debiased = (
        np.square(by_filter("gaussian_blur", "digits", KIND, LEVEL, is_debiased=one)(noisy) - clean).mean()
        for one in (False, True)
    )
    assert debiased < raw


def test_every_baseline_has_a_title():
    assert set(BASELINES) == {*FILTERS, "noisy", "ridge"}


def test_the_kept_affine_map_is_the_one_fitted_anew(monkeypatch):
    kept = calibration.debias("digits", KIND, LEVEL, "median", 5)
    clean, noisy = noisy_pairs.training_pair("digits", KIND, LEVEL, calibration.SEARCHED)
    fitted = fit_affine(filtered("median", noisy, 5), clean)
    assert (kept.scale, kept.offset) == pytest.approx((fitted.scale, fitted.offset), abs=1e-9)
