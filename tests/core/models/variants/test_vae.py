"""The variational autoencoders: each bound is the one that torch.distributions gives."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from aecore.models import variants
from tests.core.models.small_models import Case, digits, measured, trained

VARIATIONAL = ["vae", "conv_vae", "conditional_vae"]
every_vae = pytest.mark.parametrize("name", VARIATIONAL)


def built(name: str, latent_dim: int = 3, **options):
    case = Case(name, (3, 9, 7), latent_dim)
    return case.build(**options), case.batch()


def bound(model, batch, pixels):
    """-ELBO by torch.distributions, with the same noise: reconstruction and KL of each image."""
    mean, log_var = model.posterior(batch.images)
    posterior = Normal(mean, (0.5 * log_var).exp())
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    codes = posterior.mean + posterior.stddev * noise
    if model.is_conditional:
        codes = torch.cat([codes, torch.eye(10)[batch.labels]], 1)
    kl = kl_divergence(posterior, Normal(torch.zeros(()), torch.ones(()))).sum(1)
    return -pixels(model.decoder(codes)).log_prob(batch.images).flatten(1).sum(1), kl


def bernoulli(logits):
    return Bernoulli(logits=logits, validate_args=False)  # grey pixels


def estimate(model, batch, seed: int = 0):
    return model.negative_elbo(batch, torch.Generator().manual_seed(seed))


def test_every_variant_with_a_bound_is_tested_here():
    found = [
        name for name in variants.names() if estimate(Case(name).build(), Case(name).batch()) is not None
    ]
    assert sorted(found) == sorted(VARIATIONAL)


@every_vae
@pytest.mark.parametrize(
    ("options", "pixels"),
    [
        ({}, bernoulli),
        ({"likelihood": "gaussian", "sigma": 0.3}, lambda logits: Normal(logits.sigmoid(), 0.3)),
    ],
    ids=["bernoulli", "gaussian"],
)
def test_the_negative_elbo_is_reconstruction_plus_kl_by_torch_distributions(name, options, pixels):
    model, batch = built(name, **options)
    reconstruction, kl = bound(model, batch, pixels)
    torch.testing.assert_close(estimate(model, batch), reconstruction + kl)


@every_vae
def test_the_terms_are_the_two_halves_of_the_bound(name):
    model, batch = built(name)
    reconstruction, kl = bound(model, batch, bernoulli)
    terms = measured(model, batch).terms
    torch.testing.assert_close(terms, {"reconstruction": reconstruction.mean(), "kl": kl.mean()})


@every_vae
@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_beta_weighs_the_kl_in_the_objective(name, beta):
    model, batch = built(name, beta=beta)
    losses = measured(model, batch)
    expected = losses.terms["reconstruction"] + beta * losses.terms["kl"]
    torch.testing.assert_close(losses.objectives["autoencoder"], expected)


@every_vae
@pytest.mark.parametrize(("progress", "weight"), [(0.0, 0.0), (0.25, 1.0), (0.5, 2.0), (1.0, 2.0)])
def test_in_the_warm_up_beta_rises_from_0(name, progress, weight):
    model, batch = built(name, beta=2.0, warm_up=0.5)
    losses = measured(model, batch, progress)
    expected = losses.terms["reconstruction"] + weight * losses.terms["kl"]
    torch.testing.assert_close(losses.objectives["autoencoder"], expected)


@every_vae
def test_free_bits_let_each_dimension_carry_so_many_nats(name):
    model, batch = built(name, free_bits=0.3)
    with torch.no_grad():
        bias = model.encoder[-1].bias
        bias[:3] = torch.tensor([0.0, 1.0, 3.0])  # means, so that dimensions lie below and above the floor
    mean, log_var = model.posterior(batch.images)
    prior = Normal(torch.zeros(()), torch.ones(()))
    per_dimension = kl_divergence(Normal(mean, (0.5 * log_var).exp()), prior).mean(0)
    assert per_dimension.min() < 0.3 < per_dimension.max()
    losses = measured(model, batch)
    expected = losses.terms["reconstruction"] + per_dimension.clamp(min=0.3).sum()
    torch.testing.assert_close(losses.objectives["autoencoder"], expected)


@every_vae
@pytest.mark.parametrize(
    "options", [{"beta": 4.0}, {"warm_up": 0.5}, {"free_bits": 2.0}], ids=lambda o: next(iter(o))
)
def test_how_it_was_trained_does_not_change_the_bound_that_is_reported(name, options):
    (plain, batch), (other, _) = built(name), built(name, **options)
    assert estimate(plain, batch).equal(estimate(other, batch))
    assert measured(plain, batch).terms == measured(other, batch).terms


@every_vae
def test_the_bound_differs_from_draw_to_draw(name):
    model, batch = built(name)
    assert not estimate(model, batch, 0).equal(estimate(model, batch, 1))


@every_vae
def test_a_posterior_far_off_stays_within_the_clamp(name):
    model, batch = built(name)
    with torch.no_grad():
        model.encoder[-1].bias += 1e6
    assert model.posterior(batch.images).log_var.max() == 10
    assert measured(model, batch).terms["kl"].isfinite()


@every_vae
def test_the_mean_comes_first_and_the_log_variance_second(name):
    model, batch = built(name)
    raw = model.encoder(batch.images)
    assert model.posterior(batch.images).mean.equal(raw[:, :3])
    assert model.posterior(batch.images).log_var.equal(raw[:, 3:])


# What it comes to


def reached(**settings) -> dict[str, float]:
    return trained("vae", 40, hidden=(64, 32), learning_rate=1e-2, **settings).epochs[-1].test


def test_beta_buys_a_smaller_kl_with_a_worse_reconstruction():
    low, high = reached(beta=0.3), reached(beta=2.0)
    assert low["kl"] > 1.5 * high["kl"]
    assert low["reconstruction"] < high["reconstruction"]


def test_the_trap_of_the_field_a_reconstruction_averaged_over_pixels_collapses_the_code():
    # the mean over 64 pixels beside a summed KL is a beta of 64: nothing is left in the code
    assert reached(beta=64.0)["kl"] < 0.05
    assert reached(beta=0.3)["kl"] > 0.5


def test_free_bits_keep_every_dimension_alive_that_would_collapse():
    def carried(floor: float) -> torch.Tensor:
        model = trained("vae", 40, latent_dim=6, hidden=(64, 32), learning_rate=1e-2, free_bits=floor).model
        mean, log_var = model.posterior(digits("test").images)
        prior = Normal(torch.zeros(()), torch.ones(()))
        return kl_divergence(Normal(mean, (0.5 * log_var).exp()), prior).mean(0)

    assert carried(0.0).min() < 0.1
    assert carried(0.4).min() > 0.25


# Given the class


def test_the_encoder_of_a_conditional_vae_sees_the_image_alone():
    model, batch = built("conditional_vae")
    other = batch._replace(labels=9 - batch.labels)
    assert model.posterior(batch.images).mean.equal(model.posterior(other.images).mean)
    assert measured(model, batch).terms["kl"].equal(measured(model, other).terms["kl"])
    assert (
        not measured(model, batch)
        .terms["reconstruction"]
        .equal(measured(model, other).terms["reconstruction"])
    )


def test_a_conditional_vae_is_decoded_with_the_label_of_each_image():
    model, batch = built("conditional_vae")
    assert model.conditions(batch).equal(batch.labels)


def test_a_sample_of_the_prior_is_drawn_as_the_class_that_is_asked_for():
    train = digits("train")
    means = torch.stack([train.images[train.labels == label].mean(0) for label in range(10)]).flatten(1)
    model = trained("conditional_vae", 15, hidden=(64, 32), learning_rate=1e-2).model
    asked = torch.arange(10).repeat(30)
    codes = torch.randn(300, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        images = model.decode(codes, asked).flatten(1)
    assert (torch.cdist(images, means).argmin(1) == asked).float().mean() > 0.8
