"""The browser's forward pass against PyTorch, computed on the spot in the browser."""

import base64

import numpy as np
import pytest
import safetensors.numpy
import torch
from playwright.sync_api import Page
from torch import nn

from aecore import corruptions, datasets
from aecore.decoder import Decoder
from aecore.evaluation import sample_classifier
from aecore.models import build, export, variants
from aecore.models.base import Batch
from aecore.models.modules import BottleneckLinear, Condition, Crop, Repeat, RowLSTM, RowsToImage
from aecore.runs import Run
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from tests.core.decoder.examples import CASES, CODE, EXAMPLES, Toy, codes_of, given, image, in_torch

TOLERANCE = 1e-5
DECODE = """async ([bytes, layers, codes, conditions]) => {
    const { createDecoder } = await import("/lib/decoder/decoder.js");
    const { parseSafetensors } = await import("/lib/decoder/safetensors.js");
    const { Products } = await import("/lib/decoder/products.js");
    const packed = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    const { tensors } = parseSafetensors(packed);
    return [false, true].map((isPlain) => {
        const products = new Products(isPlain);
        const { shape, decode } = createDecoder(layers, tensors, codes[0].length, products);
        const images = codes.map((code, i) => Array.from(decode(code, conditions?.[i])));
        return [products.isPlain, shape, images];
    });
}"""
"""Multiplied in WebAssembly, and in JavaScript."""


def decoded_in_browser(
    page: Page, model: nn.Module, codes: np.ndarray, conditions: np.ndarray | None = None
) -> np.ndarray:
    decoder = export.decoder(model)
    packed = base64.b64encode(safetensors.numpy.save(dict(decoder.tensors))).decode()
    classes = None if conditions is None else conditions.tolist()
    fast, plain = page.evaluate(DECODE, [packed, decoder.layers, codes.tolist(), classes])
    (is_plain, shape, images), (_, _, expected) = fast, plain
    assert not is_plain, "Chromium has WebAssembly"
    np.testing.assert_allclose(images, expected, rtol=TOLERANCE, atol=TOLERANCE)
    return np.array(images).reshape(len(codes), *shape)


def assert_alike(
    page: Page, model: Toy, taken: np.ndarray | None = None, conditions: np.ndarray | None = None
) -> None:
    codes = codes_of(CODE)
    expected = in_torch(model, codes if taken is None else taken)
    assert np.ptp(expected, axis=0).max() > 0.01  # images that differ: else anything would pass
    found = decoded_in_browser(page, model, codes, conditions)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize(("shape", "latent_dim"), [((28, 28, 1), 2), ((9, 7, 3), 5)])
def test_the_browser_decodes_every_variant_as_pytorch_does(modules, variant, shape, latent_dim):
    config = variants.configure(variant, "digits", latent_dim=latent_dim)
    model = build.build_model(config, shape).eval()
    with torch.no_grad():  # fresh weights give grey images; trained ones reach black and white
        for parameter in model.decoder.parameters():
            parameter.mul_(3)
    codes = codes_of(latent_dim, 20)
    conditions = np.arange(20) % model.classes if model.is_conditional else None
    with torch.no_grad():
        labels = None if conditions is None else torch.tensor(conditions)
        expected = model.decode(torch.tensor(codes), labels).numpy()
    assert np.ptp(expected) > 0.3
    found = decoded_in_browser(modules, model, codes, conditions)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)


ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.17),
    "elu": lambda: nn.ELU(0.7),
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "clamp": lambda: nn.Hardtanh(-0.4, 0.9),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_pytorchs(modules, name):
    # the last activation's own values, over a wide range: nothing after it could hide a difference
    model = Toy(nn.Linear(1, 1), output=ACTIVATIONS[name]())
    codes = np.linspace(-30, 30, 241, dtype=np.float32)[:, None]
    expected = in_torch(model, codes)
    np.testing.assert_allclose(
        decoded_in_browser(modules, model, codes), expected, rtol=TOLERANCE, atol=TOLERANCE
    )


def test_softplus_neither_overflows_nor_vanishes(modules):
    model = Toy(nn.Linear(1, 1, bias=False), output=nn.Softplus())
    codes = np.array([[-500], [-20], [0], [19], [21], [500]], np.float32)
    np.testing.assert_allclose(
        decoded_in_browser(modules, model, codes), in_torch(model, codes), rtol=TOLERANCE
    )


@pytest.mark.parametrize(("kind", "way"), CASES)
def test_every_layer_that_is_found_is_pytorchs(modules, kind, way):
    assert_alike(modules, Toy(*EXAMPLES[kind][way]), *given(kind, codes_of(CODE)))


@pytest.mark.parametrize("kept", [(9, 7), (8, 6), (1, 1), (2, 7)])
def test_a_crop_takes_the_middle_an_odd_rest_off_the_end(kept):
    height, width = kept
    images = torch.arange(2 * 3 * 9 * 7.0).reshape(2, 3, 9, 7)
    top, left = (9 - height) // 2, (7 - width) // 2
    expected = images[:, :, top : top + height, left : left + width]
    assert torch.equal(Crop(height, width)(images), expected)


WHOLE = {
    "transposed convolutions": lambda: [
        *[nn.Linear(3, 96), nn.ReLU(), nn.Unflatten(1, (16, 2, 3)), nn.BatchNorm2d(16)],
        *[nn.ConvTranspose2d(16, 8, 4, 2, 1), nn.LeakyReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1), Crop(7, 11)],
    ],
    "upsampling": lambda: [
        *[nn.Unflatten(1, (3, 1, 1)), nn.Upsample(scale_factor=3), nn.Conv2d(3, 8, 3, padding=1), nn.SiLU()],
        *[nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(8, 3, 3, padding=1))],
    ],
    "rows": lambda: [
        *[BottleneckLinear(3, 10), nn.Tanh(), Repeat(9), RowLSTM(10, 16)],
        *[nn.LayerNorm(16), nn.Linear(16, 21), RowsToImage(3, 7)],
    ],
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("output", [nn.Sigmoid(), nn.Hardtanh(0.0, 1.0)], ids=["sigmoid", "clamp"])
def test_whole_decoders_draw_what_pytorch_draws(modules, name, output):
    assert_alike(modules, Toy(*WHOLE[name](), output=output))


def test_a_decoder_gives_the_same_image_twice(modules):
    model = Toy(*WHOLE["rows"]())  # its state must not reach from one image into the next
    codes = np.repeat(codes_of(3, 1), 2, axis=0)
    first, second = decoded_in_browser(modules, model, codes)
    np.testing.assert_array_equal(first, second)


def conditional() -> Toy:
    return Toy(Condition(4), nn.Linear(7, 12), nn.ReLU(), nn.Linear(12, 6), nn.Unflatten(1, (1, 2, 3)))


@pytest.mark.parametrize("condition", [-1, 4, 0.5])
def test_a_class_that_there_is_not_is_refused(modules, condition):
    with pytest.raises(Exception, match=f"takes a class from 0 to 3 and is given {condition}"):
        decoded_in_browser(modules, conditional(), codes_of(3, 1), np.array([condition]))


def test_a_class_that_is_missing_is_asked_for(modules):
    with pytest.raises(Exception, match="takes a class from 0 to 3 and is given undefined"):
        decoded_in_browser(modules, conditional(), codes_of(3, 1))


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([*image(3, 4, 4), nn.Conv2d(2, 1, 3)], "an image of 2 channels and is given 3 x 4 x 4"),
        ([*image(3, 4, 4), nn.ConvTranspose2d(2, 1, 3)], "an image of 2 channels"),
        ([nn.Linear(3, 4), nn.Linear(5, 2)], "takes 5 values and is given 4"),
        ([nn.Linear(3, 4), nn.Unflatten(1, (5,))], "unflatten cannot turn 4 values into 5"),
        ([nn.Linear(3, 4), nn.MaxPool2d(2)], "max_pool2d layer takes an image"),
        ([*image(3, 4, 4), nn.BatchNorm2d(2)], "batch_norm takes 2 channels"),
        ([*image(3, 4, 4), nn.LayerNorm(5)], "layer_norm takes 5 values"),
        ([*image(3, 4, 4), Crop(5, 1)], "crop cannot cut 5 x 1 out of 4 x 4"),
        ([*image(3, 4), RowLSTM(3, 2)], "rows of 3 values and is given 3 x 4"),
        ([*image(3, 4), RowsToImage(2, 3)], "rows of 6 values and is given 4"),
    ],
)
def test_layers_that_do_not_fit_together_are_named(modules, layers, said):
    with pytest.raises(Exception, match=said):
        decoded_in_browser(modules, Toy(*layers), codes_of(3, 1))


def test_float16_weights_arrive_in_the_browser_as_they_are(modules):
    halves = np.array([0, -0.0, 1, -2.5, 65504, 6e-8, 6.1e-5, np.inf, -np.inf, 0.333], np.float16)
    packed = base64.b64encode(safetensors.numpy.save({"halves": halves})).decode()
    arrived = modules.evaluate(
        """async (bytes) => {
            const { parseSafetensors } = await import("/lib/decoder/safetensors.js");
            const packed = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
            return Array.from(parseSafetensors(packed).tensors.halves.data, String);
        }""",
        packed,
    )
    np.testing.assert_array_equal([float(word) for word in arrived], halves.astype(np.float32))


def test_a_layer_that_the_browser_does_not_know_is_named(modules):
    with pytest.raises(Exception, match='no layer type "attention"'):
        modules.evaluate(
            DECODE, [base64.b64encode(safetensors.numpy.save({})).decode(), [{"type": "attention"}], [[0]]]
        )


# A whole model: an image in, an image out

RECONSTRUCT = """async ([bytes, layers, shape, images, conditions]) => {
    const { createDecoder } = await import("/lib/decoder/decoder.js");
    const { parseSafetensors } = await import("/lib/decoder/safetensors.js");
    const packed = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    const network = createDecoder(layers, parseSafetensors(packed).tensors, shape);
    return images.map((image, i) => Array.from(network.decode(image, conditions?.[i])));
}"""
SMALL_SETTINGS = {
    "sparse": [{"penalty": penalty, "active": 3} for penalty in ("l1", "kl", "top_k")],
    "conv": [{"form": "pooled", "code": "feature_map", "channels": (4, 6)}],
}
SETTINGS = [(variant, {}) for variant in variants.names()]
SETTINGS += [(variant, options) for variant, more in SMALL_SETTINGS.items() for options in more]


def noisy_images(shape: tuple[int, int, int], count: int = 6) -> np.ndarray:
    """Images (n, c, h, w) of no two alike brightness."""
    height, width, channels = shape
    drawn = np.random.default_rng(2).random((count, channels, height, width), np.float32)
    return drawn * np.linspace(0.2, 1, count, dtype=np.float32)[:, None, None, None]


def through_browser(
    page: Page, network: Decoder, images: np.ndarray, conditions: np.ndarray | None = None
) -> np.ndarray:
    packed = base64.b64encode(safetensors.numpy.save(dict(network.tensors))).decode()
    classes = None if conditions is None else conditions.tolist()
    rows = images.reshape(len(images), -1).tolist()
    given = [packed, list(network.layers), list(images.shape[1:]), rows, classes]
    return np.array(page.evaluate(RECONSTRUCT, given))


@pytest.mark.parametrize(("variant", "options"), SETTINGS)
@pytest.mark.parametrize("shape", [(28, 28, 1), (9, 7, 3)])
def test_the_browser_reconstructs_an_image_as_every_variant_does(modules, variant, options, shape):
    latent_dim = 2 if "code" not in options else 7 * 7 * 2 if shape[0] == 28 else 3 * 2 * 2
    settings = {"latent_dim": max(latent_dim, options.get("active", 0) + 2)} if options else {}
    config = variants.configure(variant, "digits", **{"latent_dim": 2} | settings | options)
    model = build.build_model(config, shape).eval()
    with torch.no_grad():  # so that images, and classes that a model sees itself, differ
        for parameter in [*model.encoder.parameters(), *model.decoder.parameters()]:
            parameter.copy_(3 * parameter if parameter.abs().max() else torch.randn_like(parameter) / 9)
    images = noisy_images(shape)
    labels = torch.arange(len(images)) % max(model.classes, 1)
    batch = Batch(torch.tensor(images), labels)
    with torch.no_grad():
        expected = model.decode(model.posterior(batch.images).mean, model.conditions(batch))
    assert np.ptp(expected.numpy(), axis=0).max() > 0.01
    conditions = labels.numpy() if model.is_conditional else None
    found = through_browser(modules, export.reconstruction(model), images, conditions)
    np.testing.assert_allclose(found.reshape(images.shape), expected.numpy(), rtol=0, atol=1e-4)


def test_the_browser_reconstructs_as_every_shipped_run_of_the_digits_does(modules):
    images = datasets.load_images("digits", "test").pixels[:5].astype(np.float32) / 255
    noisy = corruptions.corrupt(images, "gaussian", 0.5, corruptions.draw(images.shape, 3))
    found = [run for run in RunStore(SHIPPED).listing().runs if run.config.dataset == "digits"]
    assert len(found) == len(variants.names())
    for stored in found:
        run = Run(stored)
        taken = torch.tensor(noisy).permute(0, 3, 1, 2).contiguous()
        classes = torch.arange(len(images))
        with torch.no_grad():
            conditions = run.model.conditions(Batch(taken, classes))
            expected = run.model.decode(run.model.posterior(taken).mean, conditions).numpy()
        drawn = through_browser(modules, export.reconstruction(run.model), taken.numpy(), classes.numpy())
        np.testing.assert_allclose(
            drawn.reshape(expected.shape), expected, rtol=0, atol=1e-4, err_msg=stored.run_id
        )


def test_the_browser_judges_as_the_classifier_does(modules):
    judge = sample_classifier.classifier.untrained_judge(3 * 5 * 4, 4)
    images = noisy_images((5, 4, 3))
    with torch.no_grad():
        expected = judge(torch.tensor(images)).numpy()
    found = through_browser(modules, export.classifier(judge), images)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)
