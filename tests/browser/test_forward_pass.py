"""The browser's forward pass against PyTorch, computed on the spot in the browser."""

import base64

import numpy as np
import pytest
import safetensors.numpy
import torch
from playwright.sync_api import Page
from torch import nn

from aecore import evaluation, export, networks, training, variants
from aecore.variants._autoencoder import Autoencoder

TOLERANCE = 1e-5
DECODE = """async ([bytes, layers, codes]) => {
    const { createDecoder } = await import("/decoder.js");
    const { parseSafetensors } = await import("/safetensors.js");
    const packed = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    const { decode } = createDecoder(layers, parseSafetensors(packed).tensors, codes[0].length);
    return codes.map((code) => Array.from(decode(code)));
}"""


def decoded_in_browser(page: Page, model: Autoencoder, codes: np.ndarray) -> np.ndarray:
    tensors = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    packed = base64.b64encode(safetensors.numpy.save(tensors)).decode()
    return np.array(page.evaluate(DECODE, [packed, export.decoder_layers(model), codes.tolist()]))


def in_torch(model: Autoencoder, codes: np.ndarray) -> np.ndarray:
    return evaluation.decode(model, codes).transpose(0, 3, 1, 2).reshape(len(codes), -1)


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize(("shape", "latent_dim"), [((28, 28, 1), 2), ((9, 7, 3), 5)])
def test_the_browser_decodes_every_variant_as_pytorch_does(modules, variant, shape, latent_dim):
    config = variants.configure(variant, "digits", latent_dim=latent_dim)
    model = training.build(config, shape)
    with torch.no_grad():  # fresh weights give grey images; trained ones reach black and white
        for parameter in model.decoder.parameters():
            parameter.mul_(3)
    codes = np.random.default_rng(0).normal(size=(20, latent_dim)).astype(np.float32) * 2
    expected = in_torch(model, codes)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(decoded_in_browser(modules, model, codes), expected, atol=TOLERANCE)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.Sigmoid], ids=lambda kind: kind.__name__)
def test_the_browser_runs_every_activation_as_pytorch_does(modules, activation):
    model = training.build(variants.configure("ae", "digits"), (4, 4, 1))
    torch.manual_seed(0)
    model.decoder = nn.Sequential(
        *networks.mlp([2, 9], bottleneck=0), activation(), nn.Linear(9, 16), nn.Unflatten(1, (1, 4, 4))
    )
    codes = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32) * 3
    np.testing.assert_allclose(
        decoded_in_browser(modules, model, codes), in_torch(model, codes), atol=TOLERANCE
    )


def test_float16_weights_arrive_in_the_browser_as_they_are(modules):
    halves = np.array([0, -0.0, 1, -2.5, 65504, 6e-8, 6.1e-5, np.inf, -np.inf, 0.333], np.float16)
    packed = base64.b64encode(safetensors.numpy.save({"halves": halves})).decode()
    arrived = modules.evaluate(
        """async (bytes) => {
            const { parseSafetensors } = await import("/safetensors.js");
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
