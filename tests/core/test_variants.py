"""One contract for every variant found, over image shapes and latent dimensions."""

import dataclasses
import importlib
import inspect
import itertools
import math
import sys

import numpy as np
import pytest
import torch
from torch import nn

from aecore import export, training, variants
from aecore.config import RunConfig
from aecore.variants._autoencoder import Autoencoder
from tests.conftest import small_options

LN2 = math.log(2)
SHAPES = [(1, 28, 28), (3, 9, 7), (1, 8, 8)]  # (c, h, w): usual, of two sides and three colours, small
LATENT_DIMS = [1, 2, 5]
BATCH = 6


@dataclasses.dataclass(frozen=True)
class Case:
    """A variant, an image shape (c, h, w) and a latent dimension."""

    variant: str
    shape: tuple[int, int, int]
    latent_dim: int

    def __str__(self) -> str:
        return f"{self.variant}-{'x'.join(map(str, self.shape))}-z{self.latent_dim}"

    def build(self, seed: int = 0, **options) -> Autoencoder:
        """The untrained variant, with narrow layers."""
        config = RunConfig(
            variant=self.variant,
            dataset="digits",
            options=dataclasses.asdict(
                variants.options(self.variant, **small_options(self.variant) | options)
            ),
            latent_dim=self.latent_dim,
            seed=seed,
        )
        channels, height, width = self.shape
        return training.build(config, (height, width, channels))

    def images(self) -> torch.Tensor:
        """A batch of grey noise."""
        return torch.rand((BATCH, *self.shape), generator=torch.Generator().manual_seed(3))


CASES = [Case(*chosen) for chosen in itertools.product(variants.names(), SHAPES, LATENT_DIMS)]
every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_variant = pytest.mark.parametrize("name", variants.names())
every_plain_case = pytest.mark.parametrize(
    "case", [Case(name, (1, 8, 8), 2) for name in variants.names()], ids=str
)


def measured(model, images, progress=0.5, seed=0):
    """The losses of a batch, with noise from a seed."""
    return model.losses(images, torch.Generator().manual_seed(seed), progress)


def silenced(model):
    """The model with a decoder that answers every code with zeros, which are grey pixels."""
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
    return model


# Shapes and ranges


@every_case
def test_a_code_has_the_latent_dimension(case):
    assert case.build().posterior(case.images()).mean.shape == (BATCH, case.latent_dim)


@every_case
def test_a_posterior_with_a_spread_has_one_for_every_dimension(case):
    log_var = case.build().posterior(case.images()).log_var
    assert log_var is None or log_var.shape == (BATCH, case.latent_dim)


@every_case
def test_decoding_gives_images_between_0_and_1(case):
    decoded = case.build().decode(10 * torch.randn(BATCH, case.latent_dim))
    assert decoded.shape == (BATCH, *case.shape)
    assert decoded.min() >= 0
    assert decoded.max() <= 1


@every_case
def test_encoding_is_the_same_every_time(case):
    model, images = case.build(), case.images()
    assert model.posterior(images).mean.equal(model.posterior(images).mean)


@every_case
def test_a_code_does_not_depend_on_the_rest_of_the_batch(case):
    model, images = case.build().eval(), case.images()
    together = model.posterior(images).mean
    torch.testing.assert_close(model.posterior(images[2:3]).mean, together[2:3])


# Losses


@every_case
def test_losses_are_finite_numbers(case):
    losses = measured(case.build(), case.images())
    for value in (*losses.objectives.values(), *losses.terms.values()):
        assert value.shape == ()
        assert value.isfinite()


@every_case
def test_reconstruction_is_among_the_terms(case):
    assert "reconstruction" in measured(case.build(), case.images()).terms


@every_case
def test_there_is_one_objective_for_every_part(case):
    model = case.build()
    assert set(measured(model, case.images()).objectives) == set(model.parts())


@every_plain_case
def test_all_noise_comes_from_the_generator(case):
    model, before = case.build(), torch.get_rng_state()
    one, same = (measured(model, case.images()).terms for _ in range(2))
    assert one == same
    assert torch.get_rng_state().equal(before)


@every_plain_case
def test_reconstruction_is_summed_over_pixels_not_averaged(case):
    double = dataclasses.replace(case, shape=(1, 8, 16))
    one, two = (
        measured(silenced(c.build()), torch.full((BATCH, *c.shape), 0.25)).terms["reconstruction"]
        for c in (case, double)
    )
    torch.testing.assert_close(two, 2 * one)


@every_plain_case
def test_terms_are_averaged_over_the_batch_not_summed(case):
    model = silenced(case.build())
    one, two = (measured(model, torch.full((n, *case.shape), 0.25)).terms for n in (BATCH, 2 * BATCH))
    torch.testing.assert_close(two["reconstruction"], one["reconstruction"])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("name", "options"), [("ae", {"loss": "bce"}), ("vae", {}), ("aae", {})])
def test_a_grey_answer_costs_ln_2_nats_a_pixel_under_bernoullis(name, options, shape):
    case = Case(name, shape, 2)
    found = measured(silenced(case.build(**options)), case.images()).terms["reconstruction"]
    torch.testing.assert_close(found, torch.tensor(math.prod(shape) * LN2))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_grey_answer_to_black_and_white_costs_an_eighth_a_pixel_under_squared_error(shape):
    case = Case("ae", shape, 2)
    found = measured(silenced(case.build(loss="mse")), case.images().round()).terms["reconstruction"]
    torch.testing.assert_close(found, torch.tensor(math.prod(shape) / 8))


@every_plain_case
def test_the_objective_of_encoder_and_decoder_counts_the_reconstruction_in_full(case):
    # its gradient at the decoder is that of the reconstruction, whatever else is pulled at the codes
    model, images = case.build(), case.images()
    parameters = list(model.decoder.parameters())
    losses = measured(model, images)
    whole = torch.autograd.grad(losses.objectives["autoencoder"], parameters, retain_graph=True)
    term = torch.autograd.grad(losses.terms["reconstruction"], parameters)
    torch.testing.assert_close(whole, term)


# Gradients


@every_case
def test_every_parameter_belongs_to_exactly_one_part(case):
    model = case.build()
    owned = [id(parameter) for part in model.parts().values() for parameter in part]
    assert sorted(owned) == sorted(id(parameter) for parameter in model.parameters())


@every_case
def test_every_parameter_gets_a_gradient_from_its_own_objective(case):
    model = case.build()
    losses, parts = measured(model, case.images()), model.parts()
    for name, objective in losses.objectives.items():
        found = torch.autograd.grad(objective, list(parts[name]), allow_unused=True, retain_graph=True)
        assert all(gradient is not None and gradient.isfinite().all() for gradient in found)


@every_case
def test_every_objective_moves_the_encoder_side_or_a_critic_never_both(case):
    model = case.build()
    losses = measured(model, case.images())
    outside = [*model.encoder.parameters(), *model.decoder.parameters()]
    for name, objective in losses.objectives.items():
        if name != "autoencoder":
            found = torch.autograd.grad(objective, outside, allow_unused=True, retain_graph=True)
            assert found == (None,) * len(outside)


@every_case
def test_a_small_step_down_the_gradient_lowers_every_objective(case):
    model, images = case.build(), case.images()
    for name, part in model.parts().items():
        parameters = list(part)
        before = measured(model, images).objectives[name]
        gradients = torch.autograd.grad(before, parameters)
        slope = sum(gradient.square().sum() for gradient in gradients)
        step = 1e-4 * before.abs() / slope  # to first order, a ten-thousandth of the objective
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(step * gradient)
        assert measured(model, images).objectives[name] < before


# Weights


@every_case
def test_the_same_seed_gives_the_same_first_weights(case):
    one, other = case.build(seed=4).state_dict(), case.build(seed=4).state_dict()
    assert all(one[name].equal(other[name]) for name in one)


@every_case
def test_another_seed_gives_other_first_weights(case):
    one, other = case.build(seed=4).state_dict(), case.build(seed=5).state_dict()
    assert not any(one[name].equal(other[name]) for name in one if name.endswith("weight"))


@every_variant
def test_building_leaves_torchs_own_random_state_alone(name):
    before = torch.get_rng_state()
    Case(name, (1, 8, 8), 2).build()
    assert torch.get_rng_state().equal(before)


@every_variant
def test_the_default_options_build_and_train(name):
    config = variants.configure(name, "digits")
    model = training.build(config, (8, 8, 1))
    assert measured(model, torch.rand(2, 1, 8, 8)).terms["reconstruction"].isfinite()


# The decoder for the browser


def run_layers(layers, weights, codes):
    """What the described layers make of codes, in numpy: an independent reading of the description."""
    values = codes.astype(np.float64)
    for layer in layers:
        match layer["type"]:
            case "linear":
                values = values @ weights[layer["weight"]].T + weights[layer["bias"]]
            case "relu":
                values = np.maximum(values, 0)
            case "tanh":
                values = np.tanh(values)
            case "sigmoid":
                values = 1 / (1 + np.exp(-values))
            case "unflatten":
                values = values.reshape(len(values), *layer["shape"])
    return values


@every_case
def test_the_described_decoder_draws_what_the_model_draws(case):
    model = case.build().eval()
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    codes = torch.randn(4, case.latent_dim, generator=torch.Generator().manual_seed(0))
    drawn = run_layers(export.decoder_layers(model), weights, codes.numpy())
    np.testing.assert_allclose(drawn, model.decode(codes).detach().numpy(), atol=1e-6)


def test_a_layer_that_the_browser_cannot_run_is_named():
    model = Case("ae", (1, 8, 8), 2).build()
    model.decoder.append(nn.Softplus())
    with pytest.raises(
        TypeError, match=r"^decoder\.\d is a Softplus, which the browser's decoder cannot run"
    ):
        export.decoder_layers(model)


@every_plain_case
def test_the_decoder_is_the_encoders_mirror(case):
    model = case.build()
    inwards, outwards = (
        [(layer.in_features, layer.out_features) for layer in part.modules() if isinstance(layer, nn.Linear)]
        for part in (model.encoder, model.decoder)
    )
    assert [size for _, size in inwards[:-1]] == [size for size, _ in reversed(outwards[1:])]


# One file each


@every_variant
def test_a_variant_has_a_title_and_one_final_class(name):
    module = variants.module(name)
    assert module.TITLE
    assert module.Variant.__mro__[1] is Autoencoder
    assert not inspect.isabstract(module.Variant)


@every_variant
def test_a_prior_is_the_standard_normal_or_none(name):
    assert variants.module(name).Variant.prior in (None, "standard_normal")


def test_what_begins_with_an_underscore_is_no_variant():
    assert not any(name.startswith("_") for name in variants.names())


@pytest.fixture
def dropped(monkeypatch, tmp_path):
    """A copy of the plain autoencoder, dropped into the folder of variants as twin.py."""
    source = inspect.getsource(variants.module("ae")).replace('TITLE = "Autoencoder"', 'TITLE = "Twin"')
    (tmp_path / "twin.py").write_text(source)
    monkeypatch.setattr(variants, "__path__", [*variants.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    yield "twin"
    sys.modules.pop("aecore.variants.twin", None)
    vars(variants).pop("twin", None)


def test_a_file_dropped_into_the_folder_is_found(dropped):
    assert dropped in variants.names()
    assert variants.module(dropped).TITLE == "Twin"


def test_a_file_dropped_into_the_folder_trains_and_opens_with_nothing_else_edited(dropped):
    from aecore import runs

    run = runs.train(dropped, "digits", epochs=1, hidden=(8,))
    assert runs.open_run("digits-twin-z2").stored.manifest["title"] == "Twin"
    assert run.decode(np.zeros((1, 2))).shape == (1, 8, 8, 1)


# The variational autoencoder


def vae(latent_dim=3, **options):
    return Case("vae", (1, 8, 8), latent_dim).build(**options), Case("vae", (1, 8, 8), latent_dim).images()


def bound(model, images, pixels):
    """-ELBO by torch.distributions, with the same noise: reconstruction and KL of each image."""
    from torch.distributions import Normal, kl_divergence

    mean, log_var = model.posterior(images)
    posterior = Normal(mean, (0.5 * log_var).exp())
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
    logits = model.decoder(posterior.mean + posterior.stddev * noise)
    kl = kl_divergence(posterior, Normal(torch.zeros(()), torch.ones(()))).sum(1)
    return -pixels(logits).log_prob(images).flatten(1).sum(1), kl


def bernoulli(logits):
    return torch.distributions.Bernoulli(logits=logits, validate_args=False)  # grey pixels


@pytest.mark.parametrize(
    ("options", "pixels"),
    [
        ({}, bernoulli),
        (
            {"likelihood": "gaussian", "sigma": 0.3},
            lambda logits: torch.distributions.Normal(logits.sigmoid(), 0.3),
        ),
    ],
    ids=["bernoulli", "gaussian"],
)
def test_the_negative_elbo_is_reconstruction_plus_kl_by_torch_distributions(options, pixels):
    model, images = vae(**options)
    reconstruction, kl = bound(model, images, pixels)
    found = model.negative_elbo(images, torch.Generator().manual_seed(0))
    torch.testing.assert_close(found, reconstruction + kl)


def test_the_terms_of_a_vae_are_the_two_halves_of_its_bound():
    model, images = vae()
    reconstruction, kl = bound(model, images, bernoulli)
    terms = measured(model, images).terms
    torch.testing.assert_close(terms, {"reconstruction": reconstruction.mean(), "kl": kl.mean()})


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_beta_weighs_the_kl_in_the_objective(beta):
    model, images = vae(beta=beta)
    losses = measured(model, images)
    expected = losses.terms["reconstruction"] + beta * losses.terms["kl"]
    torch.testing.assert_close(losses.objectives["autoencoder"], expected)


def test_beta_does_not_change_the_bound_that_is_reported():
    one, images = vae(beta=1.0)
    four, _ = vae(beta=4.0)
    same = [model.negative_elbo(images, torch.Generator().manual_seed(0)) for model in (one, four)]
    assert same[0].equal(same[1])


def test_the_bound_of_a_vae_differs_from_draw_to_draw():
    model, images = vae()
    one, other = (model.negative_elbo(images, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert not one.equal(other)


def test_a_posterior_far_off_stays_within_the_clamp():
    model, images = vae()
    with torch.no_grad():
        model.encoder[-1].bias += 1e6
    assert model.posterior(images).log_var.max() == 10
    assert measured(model, images).terms["kl"].isfinite()


@pytest.mark.parametrize("name", ["ae", "aae"])
def test_a_model_without_a_likelihood_bound_has_no_elbo(name):
    case = Case(name, (1, 8, 8), 2)
    assert case.build().negative_elbo(case.images(), torch.Generator()) is None


# The adversarial autoencoder


def aae(**options):
    return Case("aae", (1, 8, 8), 2).build(**options), Case("aae", (1, 8, 8), 2).images()


def test_a_discriminator_that_cannot_tell_costs_2_ln_2_and_its_opponent_ln_2():
    model, images = aae()
    with torch.no_grad():
        for parameter in model.discriminator.parameters():
            parameter.zero_()
    terms = measured(model, images).terms
    torch.testing.assert_close(terms["discriminator"], torch.tensor(2 * LN2))
    torch.testing.assert_close(terms["adversarial"], torch.tensor(LN2))


@pytest.mark.parametrize("weight", [0.0, 10.0])
def test_the_encoder_pays_reconstruction_and_the_weighted_adversarial_term(weight):
    model, images = aae(adversarial_weight=weight)
    losses = measured(model, images)
    expected = losses.terms["reconstruction"] + weight * losses.terms["adversarial"]
    torch.testing.assert_close(losses.objectives["autoencoder"], expected)


def test_the_discriminator_minimises_its_own_term():
    model, images = aae()
    losses = measured(model, images)
    assert losses.objectives["discriminator"].equal(losses.terms["discriminator"])


def test_instance_noise_is_gone_at_the_end_of_training():
    model, images = aae(instance_noise=5.0)
    expected = nn.functional.softplus(-model.discriminator(model.encoder(images))).mean()
    found = [measured(model, images, progress=1.0, seed=seed).terms["adversarial"] for seed in (0, 1)]
    torch.testing.assert_close(found, [expected, expected])


def test_instance_noise_falls_in_a_straight_line():
    # the discriminator reads its first input as it is, so that the spread of what it reads shows
    model, _ = aae(instance_noise=2.0)
    model.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    read = []
    model.discriminator.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0].detach()))
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.zero_()
    many = torch.rand(20_000, 1, 8, 8)
    spreads = []
    for progress in (0.0, 0.5, 0.75):
        read.clear()
        measured(model, many, progress)
        spreads.append(read[0].std().item())
    assert spreads == pytest.approx([2.0, 1.0, 0.5], rel=0.03)


def test_the_discriminator_learns_to_tell_codes_from_the_prior():
    model, images = aae(instance_noise=0.0)
    with torch.no_grad():
        model.encoder[-1].bias += 8.0  # codes far from the prior
    optimiser = torch.optim.Adam(model.parts()["discriminator"], lr=0.01)
    for step in range(100):
        optimiser.zero_grad()
        loss = measured(model, images, seed=step).objectives["discriminator"]
        loss.backward(inputs=list(model.discriminator.parameters()))
        optimiser.step()
    assert loss < 0.2
    assert model.discriminator(torch.zeros(1, 2)) > 0 > model.discriminator(torch.full((1, 2), 8.0))


def test_the_encoder_is_drawn_to_where_the_discriminator_sees_the_prior():
    model, images = aae(instance_noise=0.0)
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data = torch.tensor([[1.0, 0.0]])  # "the prior lies to the right"
    model.discriminator = nn.Sequential(layer)
    adversarial = measured(model, images).terms["adversarial"]
    (gradient,) = torch.autograd.grad(adversarial, [model.encoder[-1].bias])
    assert gradient[0] < 0 == gradient[1]
