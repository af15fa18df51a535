"""Models as denoisers, and the curve of PSNR against the level of noise."""

from pathlib import Path

import numpy as np
import pytest

from aecore import datasets, denoising, judges, noisy_pairs, store, variants
from aecore.denoisers import NOISY, RIDGE, by_filter
from aecore.denoising import by_run, curve, trained_on
from aecore.denoising_curves import TrainedOn, kept_line, usual_levels
from aecore.errors import BadValue, WrongShape
from aecore.filters import FILTERS
from aecore.metrics.reconstruction import psnr
from benchmarks import denoising as benchmark

LEVELS = (0.1, 0.3, 0.5, 0.8)


@pytest.fixture(scope="module")
def test_pixels() -> np.ndarray:
    return datasets.load_images("digits", "test").pixels


@pytest.fixture
def never(monkeypatch):
    """Forbid a function of a module."""

    def forbid(module, name):
        def called(*_, **__):
            raise AssertionError(f"{name} was called")

        monkeypatch.setattr(module, name, called)

    return forbid


@pytest.mark.parametrize("variant", variants.names())
def test_every_variant_denoises(finished_run, test_pixels, variant, monkeypatch):
    monkeypatch.setattr(judges, "probabilities", lambda _, images: np.eye(10)[np.full(len(images), 3)])
    noisy = test_pixels[:5].astype(np.float32) / 255
    found = by_run(finished_run(variant))(noisy)
    assert (found.shape, found.dtype) == (noisy.shape, np.float32)
    assert found.min() >= 0
    assert found.max() <= 1


def test_a_model_denoises_by_encoding_and_decoding(finished_run, test_pixels):
    run = finished_run("vae")
    found = by_run(run)(test_pixels[:7].astype(np.float32) / 255)
    np.testing.assert_allclose(found, run.decode(run.encode(test_pixels[:7])), atol=1e-5)


def test_a_decoder_that_is_given_a_class_gets_the_one_the_judge_sees(finished_run, test_pixels, monkeypatch):
    run, asked = finished_run("conditional_vae"), []

    def sees_a_three(dataset, images):
        asked.append((dataset, len(images)))
        return np.eye(10)[np.full(len(images), 3)]

    monkeypatch.setattr(judges, "probabilities", sees_a_three)
    found = by_run(run)(test_pixels[:4].astype(np.float32) / 255)
    labels = np.full(4, 3)
    batch = run.encode(test_pixels[:4])
    assert asked == [("digits", 4)]
    np.testing.assert_allclose(found, run.decode(batch, labels), atol=1e-5)


def test_a_model_that_sees_classes_itself_asks_no_judge(finished_run, test_pixels, never):
    never(judges, "probabilities")
    assert by_run(finished_run("semi_supervised_aae"))(test_pixels[:4].astype(np.float32) / 255).any()


def test_images_of_another_size_are_answered_with_a_sentence(finished_run):
    with pytest.raises(
        WrongShape, match=r"images have shape \(1, 28, 28, 1\); this run needs \(n, \*\(8, 8, 1\)\)"
    ):
        by_run(finished_run("ae"))(np.zeros((1, 28, 28, 1), np.float32))


def test_what_a_model_was_trained_on(finished_run):
    assert trained_on(finished_run("conv_denoising")) == TrainedOn("gaussian", 0.0, 0.7)
    assert trained_on(finished_run("stacked")) == TrainedOn("masking", 0.25, 0.25)
    assert trained_on(finished_run("ae")) is None


# The curve


def test_the_noisy_input_falls_as_the_noise_grows():
    line = curve("digits", "gaussian", LEVELS, [NOISY], 60).lines[NOISY]
    assert line.mean.tolist() == sorted(line.mean, reverse=True)
    assert (line.debiased_mean > line.mean).all()


def test_a_point_of_the_curve_is_the_mean_over_the_first_test_images(finished_run, test_pixels):
    run = finished_run("denoising")
    found = curve("digits", "gaussian", (0.5,), [run.stored], 40).lines[run.stored.run_id]
    clean = test_pixels[:40].astype(np.float32) / 255
    noisy = noisy_pairs.spoilt(clean, "gaussian", 0.5, noisy_pairs.TEST_SEED)
    each = -10 * np.log10(np.square(by_run(run)(noisy) - clean).reshape(40, -1).mean(1))
    assert found.mean[0] == pytest.approx(each.mean(), abs=1e-4)
    assert found.sd[0] == pytest.approx(each.std(), abs=1e-4)
    assert found.trained_on == TrainedOn("gaussian", 0.0, 0.7)
    assert found.title == "Denoising autoencoder, z=2"


def test_a_second_look_computes_nothing(finished_run, never):
    chosen = [NOISY, RIDGE, "median", finished_run("ae").stored]
    first = curve("digits", "gaussian", LEVELS, chosen, 30)
    never(denoising, "_measured")
    second = curve("digits", "gaussian", LEVELS, chosen, 30)
    assert list(second.lines) == [NOISY, RIDGE, "median", finished_run("ae").stored.run_id]
    for name, line in first.lines.items():
        np.testing.assert_array_equal(line.mean, second.lines[name].mean)
        assert line.trained_on == second.lines[name].trained_on


def test_every_setting_has_a_line_of_its_own():
    curve("digits", "gaussian", (0.5,), [NOISY], 30)
    assert kept_line("digits", "gaussian", (0.5,), NOISY, 30, "digits") is not None
    for settings in (
        ("digits", "masking", (0.5,), NOISY, 30, "digits"),
        ("digits", "gaussian", (0.3,), NOISY, 30, "digits"),
        ("digits", "gaussian", (0.5,), RIDGE, 30, "digits"),
        ("digits", "gaussian", (0.5,), NOISY, 31, "digits"),
        ("digits", "gaussian", (0.5,), NOISY, 30, "mnist"),
    ):
        assert kept_line(*settings) is None


def test_what_is_done_when_somebody_stops_it_is_kept():
    class StopHere(Exception):
        pass

    def report(share, note):
        if note == "Median":
            raise StopHere

    with pytest.raises(StopHere):
        curve("digits", "gaussian", (0.5,), [NOISY, "median"], 30, report)
    assert kept_line("digits", "gaussian", (0.5,), NOISY, 30, "digits") is not None
    assert kept_line("digits", "gaussian", (0.5,), "median", 30, "digits") is None


def test_images_of_another_data_set_go_through_denoisers_of_this_one(finished_run, monkeypatch):
    run = finished_run("denoising").stored
    own = denoising._test_pixels
    strange = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1)).astype(np.uint8)
    monkeypatch.setattr(denoising, "_test_pixels", lambda name: strange if name == "other" else own(name))
    known = curve("digits", "gaussian", (0.1,), [run, RIDGE], 30)
    unknown = curve("digits", "gaussian", (0.1,), [run, RIDGE], 30, images="other")
    assert (known.images, unknown.images) == ("digits", "other")
    assert unknown.lines[RIDGE].mean[0] < known.lines[RIDGE].mean[0]
    assert unknown.lines[run.run_id].mean[0] != known.lines[run.run_id].mean[0]


def test_what_cannot_be_averaged_is_answered_with_a_sentence():
    with pytest.raises(BadValue, match="count cannot be 100000: it must be from 1 to"):
        curve("digits", "gaussian", (0.5,), [NOISY], 100_000)
    with pytest.raises(BadValue, match=r"level cannot be 0\.51: it must be one of 0, 0\.05"):
        curve("digits", "gaussian", (0.51,), [NOISY], 10)


@pytest.mark.parametrize("kind", ["gaussian", "poisson", "blur"])
def test_usual_levels_are_fitted_ones_at_which_something_happens(kind):
    assert set(usual_levels(kind)) <= set(noisy_pairs.levels(kind))
    assert 0 not in usual_levels(kind)


# What others measured on the same images


@pytest.fixture(scope="module")
def mnist_pair():
    if not datasets.is_present("mnist"):
        pytest.skip("the images of MNIST are not on this machine")
    return benchmark.pair(100)


@pytest.mark.parametrize("name", list(benchmark.PUBLISHED))
def test_filters_reach_what_was_measured_elsewhere(mnist_pair, name):
    clean, noisy = mnist_pair
    found = [psnr(clean, benchmark.as_published(name, one)(noisy)) for one in (False, True)]
    assert found == pytest.approx(benchmark.PUBLISHED[name][1:], abs=0.4)  # 100 of the 1000 images


def test_the_shipped_model_beats_every_filter_and_the_ridge_at_its_reference(mnist_pair, monkeypatch):
    monkeypatch.setattr(store, "SHIPPED", Path(benchmark.__file__).parents[1] / "pretrained")
    clean, noisy = mnist_pair
    model = psnr(clean, by_run(benchmark.open_run("mnist-conv_denoising-z64"))(noisy))
    classical = [
        psnr(clean, by_filter(name, "mnist", "gaussian", 0.5, is_debiased=True)(noisy)) for name in FILTERS
    ]
    assert model > max(classical) + 3
    assert model > benchmark.PUBLISHED_RIDGE + 2


def test_the_judge_is_trained_where_there_is_none(finished_run, test_pixels):
    found = by_run(finished_run("conditional_vae"))(test_pixels[:4].astype(np.float32) / 255)
    assert found.shape == (4, 8, 8, 1)
