"""Every variant at the sizes that images can have: trained for a step, and drawn as the browser draws."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from aecore import datasets
from aecore.metrics import reconstruction
from aecore.models import build, export, networks, variants
from aecore.models.base import Batch
from aecore.training import loop
from tests.core.decoder.examples import codes_of
from tests.core.decoder.replay import decoded_in_node
from tests.core.models.test_contract import said_of

SHAPES = [  # (h, w, c): the smallest, odd, MNIST's, and up to the largest, square and not
    *[(8, 8, 1), (9, 13, 3), (28, 28, 1), (32, 32, 3)],
    *[(48, 64, 3), (64, 64, 3), (128, 128, 3), (8, 128, 1)],
]
IMAGES = 20
every_variant = pytest.mark.parametrize("name", variants.names())


def images_of(shape: tuple[int, int, int]) -> Batch:
    """Images of noise as they are stored, (n, c, h, w), two of each class."""
    height, width, channels = shape
    pixels = np.random.default_rng(1).integers(0, 256, (IMAGES, channels, height, width), np.uint8)
    return Batch(torch.tensor(pixels), torch.arange(IMAGES) % 10)


def configured(name: str, shape: tuple[int, int, int], **settings):
    """The config that a data set of that size would have, but that it names the digits."""
    return variants.configure(name, "digits", **variants.sized(name, shape) | settings)


@every_variant
def test_a_step_of_training_and_a_decoded_image_at_every_size(name, tmp_path):
    for shape in SHAPES:
        with said_of(shape):
            epochs = {} if getattr(variants.module(name), "IS_CLOSED_FORM", False) else {"epochs": 1}
            config = configured(name, shape, batch_size=IMAGES, **epochs)
            model, batch = build.build_model(config, shape), images_of(shape)
            epoch = list(loop.train_epochs(model, config, batch, batch))[-1]
            assert np.isfinite(list(epoch.test.values())).all()
            model.eval()
            with torch.no_grad():  # a step leaves images grey, and a grey one would be like any other
                for parameter in model.decoder.parameters():
                    parameter.mul_(3)
            codes = codes_of(2, 4)
            conditions = np.arange(4) if model.is_conditional else None
            with torch.no_grad():
                labels = None if conditions is None else torch.tensor(conditions)
                expected = model.decode(torch.tensor(codes), labels).numpy()
            assert expected.shape == (4, shape[2], *shape[:2])
            assert np.ptp(expected, axis=0).max() > 0.05
            for found in decoded_in_node(tmp_path, export.decoder(model), codes, conditions):
                np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_reconstructions_and_floors_are_measured_at_every_size(shape):
    random = np.random.default_rng(2)
    train, test = random.random((2, 24, *shape), np.float32)
    drawn = np.clip(test + 0.1 * random.standard_normal(test.shape, np.float32), 0, 1)
    floors, codes = reconstruction.floors(train, test, 2)
    assert codes.shape == (48, 2)
    assert reconstruction.psnr(test, drawn) > floors["pca_psnr"]
    assert reconstruction.ssim(test, drawn) > floors["pca_ssim"]
    assert reconstruction.cross_entropy(test, drawn) > floors["bce_floor"]
    assert floors["bce_floor_nats"] == pytest.approx(math.prod(shape) * floors["bce_floor"])


def test_pcas_floor_on_large_images_is_that_of_all_axes(monkeypatch):
    random = np.random.default_rng(3)
    train, test = random.random((2, 90, 8, 8, 1), np.float32) ** 3
    expected, codes = reconstruction.floors(train, test, 7)
    monkeypatch.setattr(reconstruction, "MOST_PIXELS", 63)
    found, leading = reconstruction.floors(train, test, 7)
    assert found == pytest.approx(expected, abs=1e-5)
    np.testing.assert_allclose(np.abs(leading), np.abs(codes), atol=1e-3)


# How deep convolutions go


def test_images_of_up_to_63_pixels_a_side_have_the_three_halvings_of_the_shipped_runs():
    for height, width in [(1, 5), (8, 8), (9, 13), (28, 28), (32, 32), (48, 64), (63, 63), (8, 128)]:
        assert networks.channels_for((height, width, 3)) == (32, 64, 64)


@pytest.mark.parametrize("side", [28, 32, 40, 63, 64, 90, 127, 128, 256])
def test_however_large_the_image_the_innermost_map_has_4_to_8_pixels_a_side(side):
    plan = networks.ConvPlan((3, side, side), networks.channels_for((side, side, 3)), "strided", (128,))
    assert {4 <= length <= 8 for length in plan.innermost} == {True}
    assert plan.channels[-1] * math.prod(plan.innermost) <= 128 * 8 * 8


def test_a_doubling_of_the_sides_is_a_halving_more():
    depths = [len(networks.channels_for((side, side, 3))) for side in (32, 64, 128, 256)]
    assert depths == [3, 4, 5, 6]


@pytest.mark.parametrize("name", ["conv", "conv_denoising", "conv_vae"])
def test_the_depth_follows_the_data_set_and_stands_in_the_config(name, monkeypatch):
    known = datasets.record("digits")
    usual = variants.configure(name, "digits")
    monkeypatch.setattr(datasets, "record", lambda _: dataclasses.replace(known, image_shape=(128, 128, 3)))
    large = variants.configure(name, "digits")
    assert usual.options["channels"] == (32, 64, 64)
    assert large.options["channels"] == (16, 32, 64, 64, 128)
    assert variants.configure(name, "digits", channels=(8, 8)).options["channels"] == (8, 8)
    assert variants.configure(name, "digits", channels=(32, 64, 64)).run_id == usual.run_id


# How wide perceptrons are


def test_perceptrons_are_as_wide_as_the_shipped_runs_up_to_36_pixels_a_side_in_colour():
    for shape in [(8, 8, 1), (28, 28, 1), (32, 32, 3), (36, 36, 3), (64, 64, 1)]:
        assert networks.hidden_for(shape) == (512, 256)


@pytest.mark.parametrize(("side", "millions"), [(36, 2.2), (48, 3.6), (64, 3.2), (96, 7.1), (128, 6.4)])
def test_a_decoder_of_perceptrons_stays_within_millions_of_weights(side, millions):
    decoder = networks.mlp_decoder((3, side, side), networks.hidden_for((side, side, 3)), 2)
    assert sum(weight.numel() for weight in decoder.parameters()) <= 1e6 * millions


PERCEPTRONS = [name for name in variants.names() if "hidden" in variants.sized(name, (28, 28, 1))]


@pytest.mark.parametrize("name", PERCEPTRONS)
def test_the_width_follows_the_data_set_and_stands_in_the_config(name, monkeypatch):
    known = datasets.record("digits")
    usual = variants.configure(name, "digits")
    monkeypatch.setattr(datasets, "record", lambda _: dataclasses.replace(known, image_shape=(64, 64, 3)))
    assert usual.options["hidden"] == (512, 256)
    assert variants.configure(name, "digits").options["hidden"] == (256, 128)
    assert variants.configure(name, "digits", hidden=(512, 256)).run_id == usual.run_id
