"""The denoising autoencoders, of both kinds of network: noise in, the clean image out."""

import numpy as np
import pytest
import torch

from aecore import corruptions
from aecore.corruptions import NoiseRange
from aecore.metrics.reconstruction import psnr
from aecore.models import noise
from aecore.models.variants import conv_denoising, denoising
from tests.core.models.small_models import Case, digits, measured, trained

SETTINGS = {
    "denoising": {"hidden": (64, 32)},
    "conv_denoising": {"code": "feature_map", "channels": (16,)},
}
every_denoiser = pytest.mark.parametrize("name", list(SETTINGS))


def cleaner(name: str, **settings):
    """A denoiser after a short training."""
    return trained(name, 20, latent_dim=16, learning_rate=1e-2, **SETTINGS[name] | settings).model


def channels_last(images: torch.Tensor) -> np.ndarray:
    return images.permute(0, 2, 3, 1).contiguous().numpy()


@every_denoiser
@pytest.mark.parametrize("kind", corruptions.tensor_names())
def test_a_denoising_autoencoder_raises_the_psnr_of_held_out_images_whatever_the_noise(name, kind):
    model, clean = cleaner(name, noise=kind), digits("test").images
    noisy = noise.corrupt(clean, kind, corruptions.find(kind).reference, torch.Generator().manual_seed(9))
    with torch.no_grad():
        cleaned = model.decode(model.posterior(noisy).mean)
    before, after = (psnr(channels_last(clean), channels_last(images)) for images in (noisy, cleaned))
    assert after > before + 0.5


@every_denoiser
def test_a_denoising_autoencoder_says_which_noise_it_removes(name):
    for kind in corruptions.tensor_names():
        assert Case(name).untrained(noise=kind, lowest_level=0.1).noise == NoiseRange(kind, 0.1, 0.7)


@every_denoiser
def test_the_target_is_the_clean_image(name):
    # a decoder that always answers with one picture pays for how far that is from the clean images,
    # however noisy they were when they were read
    model, batch = Case(name).build(lowest_level=1.0, highest_level=1.0), Case(name).batch()
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
        answer = torch.linspace(-2, 2, 64).reshape(1, 8, 8)
    model.decoder.append(Constant(answer))
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        answer.expand_as(batch.images), batch.images, reduction="sum"
    ) / len(batch.images)
    torch.testing.assert_close(measured(model, batch).terms["reconstruction"], expected)


class Constant(torch.nn.Module):
    """Answers with one image, whatever comes in."""

    def __init__(self, image: torch.Tensor) -> None:
        super().__init__()
        self.image = image

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """The image, once for each of the batch."""
        return values * 0 + self.image


@every_denoiser
def test_the_encoder_reads_noise_that_is_fresh_in_every_batch_and_never_the_clean_image(name):
    model, batch, read = Case(name).build(lowest_level=0.3), Case(name).batch(), []
    model.encoder.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0]))
    going_on = torch.Generator().manual_seed(0)
    for _ in range(2):
        model.losses(batch, going_on, 0.5)
    assert not any(seen.equal(batch.images) for seen in read)
    assert not read[0].equal(read[1])


@every_denoiser
def test_the_noise_is_of_the_kind_and_of_the_levels_that_were_asked_for(name, monkeypatch):
    told, module = [], {"denoising": denoising, "conv_denoising": conv_denoising}[name]
    monkeypatch.setattr(
        module,
        "corrupt_over_range",
        lambda images, *rest: told.append(rest[0]) or noise.corrupt_over_range(images, *rest),
    )
    model = Case(name).build(noise="speckle", lowest_level=0.1, highest_level=0.6)
    measured(model, Case(name).batch())
    assert told == [NoiseRange("speckle", 0.1, 0.6)]


@every_denoiser
def test_a_finished_model_reads_images_as_they_are(name):
    model, images = Case(name).build().eval(), Case(name).batch().images
    assert model.posterior(images).mean.equal(model.encoder(images))


@every_denoiser
def test_what_is_trained_over_a_range_of_levels_cleans_at_both_ends_of_it(name):
    model, clean = cleaner(name, noise="gaussian"), digits("test").images
    lost = {}
    for level in (0.1, 0.5):
        noisy = noise.corrupt(clean, "gaussian", level, torch.Generator().manual_seed(9))
        with torch.no_grad():
            lost[level] = (model.decode(model.posterior(noisy).mean) - clean).square().mean()
    assert lost[0.1] < lost[0.5]
