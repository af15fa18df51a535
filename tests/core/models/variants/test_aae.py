"""What holds codes to a prior: the adversarial autoencoders and the Wasserstein one."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from aecore.errors import BadValue
from aecore.latent import priors
from aecore.metrics.clustering import knn_accuracy
from aecore.metrics.mmd import mmd2
from aecore.models import build, losses, variants
from aecore.models.base import Batch
from aecore.models.prior_sampler import PriorSampler
from aecore.training import loop
from tests.core.models.small_models import DIGITS, Case, digits, measured, stored_digits, trained

LN2 = math.log(2)
SHORT = {"hidden": (64, 32), "learning_rate": 5e-3}
EVEN = SHORT | {"discriminator_hidden": (32,), "instance_noise": 0.5}
"""A discriminator no stronger than so short a training can keep even."""
PLAIN = ["aae", "supervised_aae"]  # one discriminator, on the code
every_plain_aae = pytest.mark.parametrize("name", PLAIN)


def aae(name: str = "aae", **options):
    return Case(name).build(**options), Case(name).batch()


# The game


@every_plain_aae
def test_a_discriminator_that_cannot_tell_costs_2_ln_2_and_its_opponent_ln_2(name):
    model, batch = aae(name)
    with torch.no_grad():
        for parameter in model.discriminator.parameters():
            parameter.zero_()
    terms = measured(model, batch).terms
    torch.testing.assert_close(terms["discriminator"], torch.tensor(2 * LN2))
    torch.testing.assert_close(terms["adversarial"], torch.tensor(LN2))


@every_plain_aae
@pytest.mark.parametrize("weight", [0.0, 10.0])
def test_the_encoder_pays_reconstruction_and_the_weighted_adversarial_term(name, weight):
    model, batch = aae(name, adversarial_weight=weight)
    found = measured(model, batch)
    expected = found.terms["reconstruction"] + weight * found.terms["adversarial"]
    torch.testing.assert_close(found.objectives["autoencoder"], expected)


@every_plain_aae
def test_the_discriminator_minimises_its_own_term(name):
    found = measured(*aae(name))
    assert found.objectives["discriminator"].equal(found.terms["discriminator"])


@every_plain_aae
def test_instance_noise_is_gone_at_the_end_of_training(name):
    model, batch = aae(name, instance_noise=5.0)
    expected = nn.functional.softplus(-model.discriminator(model.encoder(batch.images))).mean()
    found = [measured(model, batch, progress=1.0, seed=seed).terms["adversarial"] for seed in (0, 1)]
    torch.testing.assert_close(found, [expected, expected])


@every_plain_aae
def test_instance_noise_falls_in_a_straight_line(name):
    # the discriminator reads codes that are all 0, so that the spread of what it reads is the noise's
    model, _ = aae(name, instance_noise=2.0)
    model.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    read = []
    model.discriminator.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0].detach()))
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.zero_()
    many = Batch(torch.rand(20_000, 1, 8, 8), torch.zeros(20_000, dtype=torch.int64))
    spreads = []
    for progress in (0.0, 0.5, 0.75):
        read.clear()
        measured(model, many, progress)
        spreads.append(read[0].std().item())
    assert spreads == pytest.approx([2.0, 1.0, 0.5], rel=0.03)


@every_plain_aae
def test_the_discriminator_learns_to_tell_codes_from_the_prior(name):
    model, batch = aae(name, instance_noise=0.0)
    with torch.no_grad():
        model.encoder[-1].bias += 8.0  # codes far from the prior
    optimiser = torch.optim.Adam(model.parameter_groups()["discriminator"], lr=0.01)
    for step in range(100):
        optimiser.zero_grad()
        loss = measured(model, batch, seed=step).objectives["discriminator"]
        loss.backward(inputs=list(model.discriminator.parameters()))
        optimiser.step()
    assert loss < 0.2
    assert model.discriminator(torch.zeros(1, 2)) > 0 > model.discriminator(torch.full((1, 2), 8.0))


@every_plain_aae
def test_the_encoder_is_drawn_to_where_the_discriminator_sees_the_prior(name):
    model, batch = aae(name, instance_noise=0.0)
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data = torch.tensor([[1.0, 0.0]])  # "the prior lies to the right"
    model.discriminator = nn.Sequential(layer)
    adversarial = measured(model, batch).terms["adversarial"]
    (gradient,) = torch.autograd.grad(adversarial, [model.encoder[-1].bias])
    assert gradient[0] < 0 == gradient[1]


# Priors


@pytest.mark.parametrize("prior", priors.names())
def test_the_discriminator_is_shown_samples_of_the_prior_that_was_asked_for(prior):
    model, _ = aae(prior=prior)
    assert model.prior == prior
    drawn = model.sampler(2000, torch.Generator().manual_seed(0)).numpy()
    expected = priors.sample(prior, 2000, 2, np.random.default_rng(1))
    null = abs(mmd2(priors.sample(prior, 2000, 2, np.random.default_rng(2)), expected))
    assert abs(mmd2(drawn, expected)) < max(10 * null, 1e-3)
    if prior != "standard_normal":
        normal = priors.sample("standard_normal", 2000, 2, np.random.default_rng(1))
        assert mmd2(drawn, normal) > 0.01


@pytest.mark.parametrize("prior", priors.names())
def test_samples_of_a_prior_come_from_the_generator_and_are_fresh(prior):
    sampler = PriorSampler(prior, 2)
    one, same = (sampler(50, torch.Generator().manual_seed(4)) for _ in range(2))
    assert one.equal(same)
    going_on = torch.Generator().manual_seed(4)
    assert not sampler(50, going_on).equal(sampler(50, going_on))


@pytest.mark.parametrize("prior", ["gaussian_mixture", "swiss_roll"])
@pytest.mark.parametrize("latent_dim", [1, 3])
def test_a_prior_made_for_the_plane_is_refused_in_any_other_latent_dimension(prior, latent_dim):
    with pytest.raises(BadValue) as caught:
        Case("aae", latent_dim=latent_dim).untrained(prior=prior)
    assert str(caught.value) == (
        f"prior cannot be '{prior}': it must be standard_normal unless the latent dimension is 2."
    )


def test_the_samples_that_are_drawn_ahead_are_no_part_of_the_stored_weights():
    assert not any("pool" in name for name in Case("aae").untrained(prior="swiss_roll").state_dict())


# What it comes to


def distance(model) -> float:
    """MMD^2 between the codes of the test digits and their prior."""
    codes = model.posterior(digits("test").images).mean.detach().numpy()
    return mmd2(codes, priors.sample(model.prior, len(codes), codes.shape[1], np.random.default_rng(0)))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("aae", {}),
        ("aae", {"prior": "gaussian_mixture"}),
        ("aae", {"prior": "swiss_roll"}),
        ("supervised_aae", {}),
        ("wae_mmd", {}),
    ],
    ids=["aae", "aae-mixture", "aae-roll", "supervised_aae", "wae_mmd"],
)
def test_codes_approach_the_prior_while_digits_are_learnt(name, options):
    settings = options | (EVEN if name != "wae_mmd" else SHORT)
    model, epochs = trained(name, 60, **settings)
    config = variants.configure(name, "digits", **settings)
    untrained = build.build_model(config, DIGITS)
    assert distance(model) < distance(untrained) / 8
    assert epochs[-1].test["reconstruction"] < epochs[0].test["reconstruction"] - 10


def test_an_autoencoder_without_a_prior_goes_nowhere_near_it():
    plain = trained("ae", 60, hidden=(64, 32), learning_rate=1e-2).model
    held = trained("wae_mmd", 60, **SHORT).model
    codes = plain.posterior(digits("test").images).mean.detach().numpy()
    normal = priors.sample("standard_normal", len(codes), 2, np.random.default_rng(0))
    assert mmd2(codes, normal) > 10 * max(distance(held), 1e-3)


# The penalty in place of the game


@pytest.mark.parametrize("weight", [0.0, 300.0])
def test_the_wasserstein_autoencoder_pays_the_weighted_mmd_to_samples_of_the_prior(weight):
    model, batch = Case("wae_mmd").build(mmd_weight=weight), Case("wae_mmd").batch()
    samples = torch.randn(len(batch.images), 2, generator=torch.Generator().manual_seed(0))
    expected = weight * losses.mmd2(model.encoder(batch.images), samples)
    found = measured(model, batch)
    torch.testing.assert_close(found.terms["mmd"], expected)
    torch.testing.assert_close(found.objectives["autoencoder"], sum(found.terms.values()))


def test_a_last_batch_of_a_single_image_does_not_end_the_training():
    few = Batch(*(part[:9] for part in stored_digits("train")))
    config = variants.configure("wae_mmd", "digits", epochs=2, batch_size=4, hidden=(8,))
    model = build.build_model(config, DIGITS)
    *_, last = loop.train_epochs(model, config, few, few)
    assert math.isfinite(last.train["mmd"])


# Style and class


@pytest.fixture(scope="module")
def styles():
    """A supervised AAE, and what it draws: (10 classes, 100 styles, 1, 8, 8)."""
    model = trained("supervised_aae", 60, **EVEN).model
    with torch.no_grad():
        codes = model.posterior(digits("test").images[:100]).mean
        return model, torch.stack([model.decode(codes, torch.full((100,), label)) for label in range(10)])


def test_one_style_drawn_as_every_class_is_taken_for_that_class(styles):
    train, images = digits("train"), styles[1].flatten(2)
    means = torch.stack([train.images[train.labels == label].mean(0) for label in range(10)]).flatten(1)
    asked = torch.arange(10)[:, None].expand(10, 100)
    seen = torch.cdist(images.reshape(-1, 64), means).argmin(1).reshape(10, 100)
    assert (seen == asked).float().mean() > 0.6  # by chance 0.1


def test_the_style_says_far_less_about_the_class_than_a_code_that_must_say_all(styles):
    def told(model) -> float:
        """kNN-15 accuracy of the code."""
        codes = [model.posterior(digits(split).images).mean.detach().numpy() for split in ("train", "test")]
        return knn_accuracy(codes[0], digits("train").labels.numpy(), codes[1], digits("test").labels.numpy())

    plain = trained("ae", 60, hidden=(64, 32), learning_rate=1e-2).model
    assert told(styles[0]) < told(plain) - 0.15


def test_without_the_class_the_style_draws_a_worse_picture(styles):
    model, test = styles[0], digits("test")
    with torch.no_grad():
        codes = model.posterior(test.images).mean
        right, wrong = (
            (model.decode(codes, labels) - test.images).square().mean()
            for labels in (test.labels, (test.labels + 1) % 10)
        )
    assert right < 0.5 * wrong


def test_the_decoder_of_a_supervised_aae_is_given_the_label_of_each_image():
    model, batch = aae("supervised_aae")
    assert model.conditions(batch).equal(batch.labels)
