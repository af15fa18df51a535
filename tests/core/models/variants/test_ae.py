"""The plain autoencoder: what its losses are, and how little its smallest forms can do."""

import pytest
import torch
from torch.nn import functional as F

from tests.core.models.small_models import Case, digits, drawn, measured, trained

LINEAR = {"hidden": (), "loss": "mse", "output": "linear", "batch_size": 256, "learning_rate": 0.1}
TUTORIAL = LINEAR | {"code_activation": "relu", "output": "relu", "learning_rate": 3e-3}


@pytest.mark.parametrize(
    ("options", "price"),
    [
        ({"loss": "mse"}, lambda x, y: 0.5 * (x - y) ** 2),
        ({"loss": "mae"}, lambda x, y: (x - y).abs()),
        ({"loss": "bce"}, lambda x, y: -(x * y.log() + (1 - x) * (1 - y).log())),
    ],
    ids=["mse", "mae", "bce"],
)
def test_a_loss_is_its_formula_summed_over_pixels(options, price):
    model, batch = Case("ae", (3, 9, 7)).build(**options), Case("ae", (3, 9, 7)).batch()
    expected = price(batch.images, drawn(model, batch)).flatten(1).sum(1).mean()
    losses = measured(model, batch)
    torch.testing.assert_close(losses.terms["reconstruction"], expected)
    assert losses.objectives["autoencoder"].equal(losses.terms["reconstruction"])


@pytest.mark.parametrize(
    ("output", "pixels"), [("relu", F.relu), ("linear", lambda x: x)], ids=["relu", "linear"]
)
@pytest.mark.parametrize(("loss", "price"), [("mse", lambda d: 0.5 * d**2), ("mae", torch.abs)])
def test_outside_the_sigmoid_the_loss_reads_what_is_clipped_only_when_drawn(output, pixels, loss, price):
    model, batch = Case("ae").build(loss=loss, output=output), Case("ae").batch()
    with torch.no_grad():
        model.decoder[-2].weight.mul_(30)  # far below 0 and far above 1
        raw = model.decoder(model.encoder(batch.images))
    assert raw.min() < -1
    assert raw.max() > 2
    expected = price(pixels(raw) - batch.images).flatten(1).sum(1).mean()
    torch.testing.assert_close(measured(model, batch).terms["reconstruction"], expected)
    torch.testing.assert_close(drawn(model, batch), raw.clamp(0, 1))


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("relu", 0, torch.inf), ("tanh", -1, 1), ("linear", -torch.inf, torch.inf)],
)
def test_a_code_lies_where_its_activation_puts_it(activation, low, high):
    model = Case("ae").build(code_activation=activation)
    with torch.no_grad():
        plain = 50 * (torch.rand(200, 1, 8, 8, generator=torch.Generator().manual_seed(0)) - 0.5)
        codes, before = model.posterior(plain).mean, model.encoder[:6](plain)
    torch.testing.assert_close(
        codes, {"relu": F.relu, "tanh": torch.tanh, "linear": lambda x: x}[activation](before)
    )
    assert codes.min() >= low
    assert codes.max() <= high


def test_without_hidden_layers_each_side_is_one_linear_layer():
    model = Case("ae").build(hidden=())
    assert [sum(p.numel() for p in part.parameters()) for part in (model.encoder, model.decoder)] == [
        64 * 2 + 2,
        2 * 64 + 64,
    ]


# What PCA already does, and less


def test_a_linear_autoencoder_reaches_pca_and_its_plane():
    pca, (model, epochs) = trained("pca", 1), trained("ae", 200, **LINEAR)
    floor = pca.epochs[-1].test["reconstruction"]
    assert epochs[-1].test["reconstruction"] == pytest.approx(floor, rel=0.03)
    planes = [torch.linalg.qr(m.decoder[0].weight.detach())[0] for m in (model, pca.model)]
    assert torch.linalg.svdvals(planes[0].T @ planes[1]).min() > 0.8  # cosines of the angles between them


def test_a_relu_on_code_and_pixels_is_worse_than_answering_with_the_mean_image():
    images, mean = digits("test").images, digits("train").images.mean(0)
    model = trained("ae", 60, **TUTORIAL).model
    assert (drawn(model, digits("test")) - images).square().mean() > 1.2 * (mean - images).square().mean()


def test_a_relu_on_pixels_is_worse_because_pixels_are_dead_that_are_not_black():
    # no gradient reaches a pixel whose relu answers no image, so it stays black for ever
    mean = digits("train").images.mean(0)
    dead = {}
    for output in ("relu", "linear"):
        model = trained("ae", 60, **TUTORIAL | {"output": output}).model
        dead[output] = int(((drawn(model, digits("train")) == 0).all(0) & (mean > 0.1)).sum())
    assert dead["relu"] >= 5
    assert dead["linear"] == 0


def test_a_relu_on_the_code_can_leave_a_unit_that_no_image_moves():
    model = trained("ae", 60, **TUTORIAL).model
    codes = torch.cat([model.posterior(digits(split).images).mean for split in ("train", "test")])
    assert (codes == 0).all(0).sum() == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_hidden_layers_do_better_than_any_linear_code(seed):
    model = trained("ae", 60, hidden=(64, 32), learning_rate=1e-2, seed=seed).model
    images, pca = digits("test").images, trained("pca", 1).model
    own, linear = ((drawn(m, digits("test")) - images).square().mean() for m in (model, pca))
    assert own < 0.9 * linear
