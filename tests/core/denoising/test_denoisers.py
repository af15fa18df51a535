"""Filters, what they take from training images, and how denoisers are measured."""

import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.isotonic import IsotonicRegression

from aecore import corruptions, datasets
from aecore.denoising import bm3d, denoisers, filters, noisy_pairs, tuning
from aecore.denoising.denoisers import CLASSICAL, NOISY, RIDGE, TIMED, by_filter, by_ridge, compare, measure
from aecore.denoising.filters import FILTERS, USUAL, Filter, Parameter, filtered
from aecore.denoising.intensity_maps import (
    AFFINE,
    DEBIASES,
    FAIREST,
    MONOTONE,
    RAW,
    Affine,
    fit_affine,
    fit_monotone,
)
from aecore.errors import BadValue, ExtraMissing, UnknownName
from aecore.metrics.denoising import ridge_denoiser
from aecore.metrics.reconstruction import psnr

needs_bm3d = pytest.mark.skipif(bool(bm3d.missing()), reason="bm3d is an optional extra, not installed here")
every_filter = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_bm3d if name == "bm3d" else ()) for name in FILTERS]
)
every_debias = pytest.mark.parametrize("debias", list(DEBIASES))
KIND, LEVEL = "gaussian", 0.5


@pytest.fixture(autouse=True)
def fresh():
    """Nothing that another test has worked out."""
    for cached in (tuning._search, tuning._ridge, tuning.maps, noisy_pairs._training_pixels):
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


@every_filter
def test_what_is_tried_and_what_is_usual_lie_in_the_range(name):
    parameter = FILTERS[name].parameter
    if parameter is None:
        return
    assert parameter.minimum <= min(parameter.values) <= parameter.usual <= max(parameter.values)
    assert max(parameter.values) <= parameter.maximum
    with pytest.raises(BadValue, match="it must be from"):
        filtered(name, images(), parameter.maximum + 1)


def test_an_unknown_filter_is_answered_with_a_sentence():
    with pytest.raises(UnknownName, match="There is no filter called 'blend'"):
        filtered("blend", images())


def test_bm3d_that_is_not_installed_says_what_to_install_and_is_not_offered(monkeypatch):
    monkeypatch.setitem(sys.modules, "bm3d", None)  # importing it fails
    monkeypatch.setattr(bm3d, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"BM3D is an optional extra .* pip install \"bm3d>=4\.0\.3\""):
        filtered("bm3d", images())
    assert filters.installed() == USUAL
    assert "bm3d" not in USUAL


def test_bm3d_is_an_extra_and_never_a_requirement():
    root = Path(filters.__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["optional-dependencies"]["bm3d"] == [bm3d.REQUIREMENT]
    needed = [*project["dependencies"], *root.glob("requirements*.txt")]
    assert not [one for one in needed if "bm3d" in (one if isinstance(one, str) else one.read_text("utf-8"))]


@needs_bm3d
def test_bm3d_gives_the_same_on_every_call_and_bears_an_image_of_one_block():
    noisy = images(1, (8, 8, 1))
    np.testing.assert_array_equal(filtered("bm3d", noisy), filtered("bm3d", noisy))


# What training images give


def planted(monkeypatch, clean, noisy, apply, values):
    """A filter, and training images that are spoilt in a known way."""
    monkeypatch.setattr(tuning, "training_pair", lambda *_: (clean, noisy))
    parameter = Parameter("value", "", values, values[0], min(values), max(values), 0.1)
    monkeypatch.setitem(filters.FILTERS, "planted", Filter("Planted", "", parameter, apply))


def test_the_search_finds_the_planted_optimum(monkeypatch):
    clean = 0.7 * images(5)
    planted(monkeypatch, clean, clean + 0.2, lambda pixels, value: pixels - value, (0.0, 0.1, 0.2, 0.3))
    found = tuning.search("digits", KIND, LEVEL, "planted")
    assert found.best(RAW) == 0.2
    assert np.argmax(found.raw) == 2


def test_the_search_for_the_debiased_filter_looks_past_the_affine_map(monkeypatch):
    clean = images(5)
    noisy = np.sqrt(0.5 * clean)  # value 2 leaves 0.5 clean: far off raw, exact debiased
    planted(monkeypatch, clean, noisy, lambda pixels, value: pixels**value, (1.0, 1.5, 2.0, 3.0))
    assert tuning.search("digits", KIND, LEVEL, "planted").best(AFFINE) == 2.0


def test_the_search_for_the_monotone_filter_looks_past_any_rising_curve(monkeypatch):
    clean = images(5)
    noise = 0.3 * images(1, seed=1)[0, ..., 0]

    def bent_or_noisy(pixels, value):
        return pixels**3 if value == 2 else pixels + noise * value

    planted(monkeypatch, clean, clean, bent_or_noisy, (0.5, 1.0, 2.0))
    found = tuning.search("digits", KIND, LEVEL, "planted")
    assert (found.best(RAW), found.best(MONOTONE)) == (0.5, 2.0)
    assert found.monotone[2] > 40  # dB: a table of 257 undoes the cube
    assert found.affine[2] < 25


def test_the_debias_recovers_a_planted_affine_map():
    clean = images()
    found = fit_affine((clean - 0.3) / 1.7, clean)
    assert (found.scale, found.offset) == pytest.approx((1.7, 0.3), abs=1e-6)


def test_the_debias_of_a_constant_is_the_mean():
    clean = images()
    assert fit_affine(np.zeros_like(clean), clean) == Affine(0.0, pytest.approx(clean.mean(dtype=np.float64)))


def test_the_monotone_map_is_isotonic_regression():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 257, 5000) / 256  # on the table's knots, so that nothing is rounded
    clean = np.clip(pixels**2 + rng.normal(0, 0.3, 5000), 0, 1)
    oracle = IsotonicRegression().fit(pixels, clean)
    np.testing.assert_allclose(fit_monotone(pixels, clean)(pixels), oracle.predict(pixels), atol=1e-6)


def test_the_monotone_map_of_a_constant_is_the_mean():
    clean = images()
    found = fit_monotone(np.full_like(clean, 0.3), clean)(np.array([0.0, 0.3, 1.0]))
    np.testing.assert_allclose(found, clean.mean(dtype=np.float64))


@every_filter
def test_on_what_it_was_fitted_to_no_affine_map_comes_closer_than_the_monotone_one(name):
    clean, noisy = noisy_pairs.training_pair("digits", KIND, LEVEL, tuning.SEARCHED)
    found = filtered(name, noisy)
    errors = [np.square(fit(found, clean)(found) - clean).mean() for fit in (fit_monotone, fit_affine)]
    assert errors[0] <= errors[1] + 1e-5  # values are rounded to the table's knots


def test_nothing_is_fitted_to_test_images(monkeypatch):
    load, splits = datasets.load_images, []
    monkeypatch.setattr(
        datasets, "load_images", lambda name, split: splits.append(split) or load(name, split)
    )
    tuning.fit("digits", KIND, LEVEL, USUAL)
    for debias in DEBIASES:
        for name in (NOISY, *USUAL):
            by_filter(name, "digits", KIND, LEVEL, debias=debias)
        by_ridge("digits", KIND, LEVEL, debias=debias)
    assert set(splits) == {"train"}


def test_what_was_searched_is_kept(monkeypatch):
    first = tuning.search("digits", KIND, LEVEL, "median")
    tuning._search.cache_clear()
    monkeypatch.setattr(tuning, "filtered", None)
    second = tuning.search("digits", KIND, LEVEL, "median")
    np.testing.assert_array_equal(first.raw, second.raw)
    for debias in DEBIASES:
        np.testing.assert_array_equal(getattr(first, debias), getattr(second, debias))
    np.testing.assert_array_equal(first.table, second.table)


def test_fitted_is_what_was_fitted():
    assert not tuning.is_fitted("digits", KIND, LEVEL, ["median"])
    shares = []
    tuning.fit("digits", KIND, LEVEL, ["median"], lambda share, note: shares.append((share, note)))
    assert tuning.is_fitted("digits", KIND, LEVEL, ["median"])
    assert not tuning.is_fitted("digits", KIND, LEVEL, ["median", "jpeg"])
    assert not tuning.is_fitted("digits", KIND, 0.55, ["median"])
    assert [note for _, note in shares] == ["Linear ridge", "Median"]
    assert shares[0][0] == 0.0
    assert 0 < shares[1][0] < 1


def test_the_kept_ridge_is_the_fitted_one_to_a_grey_level():
    clean, noisy = noisy_pairs.training_pair("digits", KIND, LEVEL, tuning.RIDGE_IMAGES)
    fresh = ridge_denoiser(noisy, clean)(noisy[:50])
    by_ridge("digits", KIND, LEVEL)
    tuning._ridge.cache_clear()
    np.testing.assert_allclose(by_ridge("digits", KIND, LEVEL)(noisy[:50]), fresh, atol=1 / 255)


def test_training_and_test_images_get_noise_of_their_own():
    clean = images(4, (8, 8, 1))
    assert not np.array_equal(*(noisy_pairs.corrupt_batch(clean, KIND, LEVEL, seed) for seed in (0, 1)))


@pytest.mark.parametrize("kind", corruptions.names())
def test_levels_are_fitted_from_the_smallest_to_the_largest(kind):
    levels = corruptions.find(kind).levels
    assert (levels[0], levels[-1]) == (corruptions.find(kind).minimum, corruptions.find(kind).maximum)
    assert list(levels) == sorted(levels)
    assert corruptions.find(kind).reference in levels
    assert noisy_pairs.nearest_level(kind, levels[1] + 1e-3) == levels[1]


def test_each_image_has_its_square_at_a_place_of_its_own():
    found = noisy_pairs.corrupt_batch(np.ones((20, 8, 8, 1), np.float32), "square", 0.4, 0)
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


@pytest.mark.parametrize("name", ["gaussian_blur", NOISY, RIDGE])
def test_what_clipping_bends_is_taken_out_better_by_a_bent_map_than_by_a_straight_one(name):
    clean = datasets.load_images("digits", "test").pixels[:200].astype(np.float32) / 255
    noisy = noisy_pairs.corrupt_batch(clean, KIND, LEVEL, noisy_pairs.TEST_SEED)
    found = denoisers.by_classical(name, "digits", KIND, LEVEL, noisy)
    reached = {debias: psnr(clean, found[debias]) for debias in DEBIASES}
    assert reached[MONOTONE] > reached[AFFINE] >= reached[RAW] - 0.05
    assert FAIREST == MONOTONE


@every_debias
@pytest.mark.parametrize("name", [NOISY, RIDGE, "gaussian_blur", "wavelet"])
def test_many_images_go_through_a_classical_denoiser_as_one_does(name, debias):
    noisy = images(3, (8, 8, 1))
    if name == RIDGE:
        alone = by_ridge("digits", KIND, LEVEL, debias=debias)
    else:
        alone = by_filter(name, "digits", KIND, LEVEL, debias=debias)
    found = denoisers.by_classical(name, "digits", KIND, LEVEL, noisy)[debias]
    np.testing.assert_array_equal(found, alone(noisy))
    assert (found.dtype, found.min() >= 0, found.max() <= 1) == (np.float32, True, True)


@every_filter
def test_a_raw_filter_with_its_parameter_given_reads_no_images(name, monkeypatch):
    monkeypatch.setattr(datasets, "load_images", lambda *_: pytest.fail("images were read"))
    parameter = FILTERS[name].parameter
    raw = by_filter(name, "digits", KIND, LEVEL, debias=RAW, value=parameter.usual if parameter else None)
    assert raw(images(1, (8, 8, 1))).shape == (1, 8, 8, 1)


def test_every_classical_denoiser_has_a_title():
    assert set(CLASSICAL) == {*FILTERS, "noisy", "ridge"}


def test_the_kept_maps_are_the_ones_fitted_anew():
    kept = tuning.maps("digits", KIND, LEVEL, "median", 5)
    clean, noisy = noisy_pairs.training_pair("digits", KIND, LEVEL, tuning.SEARCHED)
    found = filtered("median", noisy, 5)
    fitted = fit_affine(found, clean)
    assert (kept[AFFINE].scale, kept[AFFINE].offset) == pytest.approx((fitted.scale, fitted.offset), abs=1e-9)
    np.testing.assert_allclose(kept[MONOTONE](found), fit_monotone(found, clean)(found), atol=1e-9)
