"""The sparse autoencoder: few units active, and no way round the price."""

import pytest
import torch

from aecore.metrics.sparsity import dead_units, living_activity, living_hoyer
from tests.core.models.small_models import Case, digits, drawn, measured, trained

WIDE = {"latent_dim": 16, "hidden": (64, 32), "learning_rate": 5e-3}


def codes(name: str, **settings) -> torch.Tensor:
    """Codes of the test digits after a short training."""
    return trained(name, 40, **WIDE | settings).model.posterior(digits("test").images).mean.detach()


def columns(model) -> torch.Tensor:
    """Lengths of the columns that the units write with."""
    return model.decoder[0].weight.norm(dim=0)


# What it is for


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_codes_are_at_least_twice_as_sparse_as_a_plain_autoencoders(activation):
    sparse = codes("sparse", penalty="top_k", active=3).numpy()
    plain = codes("ae", code_activation=activation).numpy()
    assert 0 < living_activity(sparse) < living_activity(plain) / 2
    assert living_hoyer(sparse) > living_hoyer(plain)


def test_a_higher_price_leaves_fewer_units_active_and_a_worse_picture():
    cheap, dear = (trained("sparse", 40, weight=weight, **WIDE).model for weight in (0.01, 0.2))
    # Of all units: a price silences whole units first, which the activity of the living leaves out.
    shares = [(codes("sparse", weight=weight).abs() > 1e-6).float().mean() for weight in (0.01, 0.2)]
    images = digits("test").images
    lost = [(drawn(model, digits("test")) - images).square().mean() for model in (cheap, dear)]
    assert shares[0] > 1.5 * shares[1]
    assert lost[0] < lost[1]


def test_the_kl_penalty_brings_every_units_mean_activity_to_the_target():
    found = codes("sparse", penalty="kl", weight=3.0, target=0.2).mean(0)
    torch.testing.assert_close(found, torch.full((16,), 0.2), atol=0.1, rtol=0)


@pytest.mark.parametrize("active", [1, 3])
def test_top_k_leaves_at_most_so_many_units_active_for_an_image(active):
    found = (codes("sparse", penalty="top_k", active=active) > 0).sum(1)
    assert found.max() == active
    assert found.float().mean() > 0.8 * active


# The penalties


@pytest.mark.parametrize("weight", [0.0, 0.5, 3.0])
def test_the_l1_penalty_is_the_weighted_sum_of_activities_per_image(weight):
    model, batch = Case("sparse", latent_dim=5).build(weight=weight), Case("sparse").batch()
    activity = model.encoder(batch.images).clamp(min=0)
    losses = measured(model, batch)
    torch.testing.assert_close(losses.terms["sparsity"], weight * activity.sum() / len(activity))
    torch.testing.assert_close(losses.objectives["autoencoder"], sum(losses.terms.values()))


@pytest.mark.parametrize("target", [0.05, 0.3])
def test_the_kl_penalty_is_the_weighted_kl_from_the_target_to_each_units_mean_activity(target):
    from torch.distributions import Bernoulli, kl_divergence

    model = Case("sparse", latent_dim=5).build(penalty="kl", weight=2.0, target=target)
    batch = Case("sparse").batch()
    share = torch.sigmoid(model.encoder(batch.images)).mean(0)
    expected = 2 * kl_divergence(Bernoulli(torch.tensor(target)), Bernoulli(share)).sum()
    losses = measured(model, batch)
    torch.testing.assert_close(losses.terms["sparsity"], expected)
    torch.testing.assert_close(losses.objectives["autoencoder"], sum(losses.terms.values()))


def test_top_k_keeps_the_largest_units_as_they_are_and_pays_nothing():
    model = Case("sparse", latent_dim=5).build(penalty="top_k", active=2)
    batch = Case("sparse").batch()
    activity = model.encoder(batch.images).clamp(min=0)
    rank = activity.argsort(1, descending=True).argsort(1)
    found = model.posterior(batch.images).mean
    torch.testing.assert_close(found, activity * (rank < 2))
    assert list(measured(model, batch).terms) == ["reconstruction"]


def test_top_k_begins_with_every_unit_and_lets_ever_fewer_stay_until_the_ramp_ends():
    model = Case("sparse", latent_dim=32).build(penalty="top_k", active=2)
    images = digits("test").images
    activity = model.encoder(images).clamp(min=0)
    torch.testing.assert_close(model._codes(images, 0.0), activity)
    kept = [int((model._codes(images, ramp) > 0).sum(1).max()) for ramp in (0.8, 0.9, 1.0)]
    assert kept == [8, 5, 2]
    torch.testing.assert_close(model._codes(images, 1.0), model.posterior(images).mean)


def test_with_the_ramp_fewer_units_die_than_when_few_may_stay_from_the_start():
    dead = {
        warm_up: dead_units(codes("sparse", penalty="top_k", active=3, warm_up=warm_up).numpy())
        for warm_up in (0.0, 0.5)
    }
    assert dead[0.5] < dead[0.0]


def test_top_k_of_more_units_than_there_are_keeps_them_all():
    model, batch = Case("sparse", latent_dim=3).build(penalty="top_k", active=8), Case("sparse").batch()
    torch.testing.assert_close(model.posterior(batch.images).mean, model.encoder(batch.images).clamp(min=0))


# No way round


@pytest.mark.parametrize("penalty", ["l1", "kl", "top_k"])
def test_the_columns_that_units_write_with_have_length_1_from_the_start_and_after_training(penalty):
    for model in (Case("sparse").untrained(penalty=penalty), trained("sparse", 3, penalty=penalty).model):
        torch.testing.assert_close(columns(model), torch.ones(2))


def test_a_step_that_lengthens_a_column_is_undone_in_its_length_alone():
    model = Case("sparse", latent_dim=3).untrained()
    before = model.decoder[0].weight.clone()
    with torch.no_grad():
        model.decoder[0].weight.mul_(torch.tensor([3.0, 0.5, 1.0]))
    model.constrain_parameters()
    torch.testing.assert_close(model.decoder[0].weight, before)


def test_columns_are_of_length_1_without_hidden_layers_too():
    torch.testing.assert_close(columns(Case("sparse").untrained(hidden=())), torch.ones(2))
