"""A model's networks are described as they run, and the model is left as it was."""

import math

import pytest
import torch
from torch import nn

from aecore.models import summary, variants

SHAPE = (1, 9, 7)
LATENT = 2


def built(name: str, **options: object) -> nn.Module:
    torch.manual_seed(0)
    record = variants.options(name, **options)
    return variants.module(name).Variant(SHAPE, LATENT, 10, record)


@pytest.mark.parametrize("name", variants.names())
def test_every_network_is_described_and_no_parameter_is_lost_or_counted_twice(name):
    model = built(name)
    found = summary.networks(model, LATENT)
    for child, network in model.named_children():
        count = sum(parameter.numel() for parameter in network.parameters())
        assert sum(layer["parameters"] for layer in found.get(child, [])) == count
    assert {"encoder", "decoder"} <= set(found)


@pytest.mark.parametrize("name", variants.names())
def test_every_layer_has_its_shape_and_the_decoder_ends_in_an_image(name):
    found = summary.networks(built(name), LATENT)
    assert [layer for layers in found.values() for layer in layers if "output" not in layer] == []
    assert found["decoder"][-1]["output"] == list(SHAPE)
    assert math.prod(found["encoder"][-1]["output"]) >= LATENT


def test_shapes_and_counts_are_those_of_the_layers():
    found = summary.networks(built("ae", hidden=(20,)), LATENT)
    assert found["encoder"] == [
        {"layer": "Flatten", "output": [63], "parameters": 0},
        {"layer": "Linear", "output": [20], "parameters": 63 * 20 + 20},
        {"layer": "ReLU", "output": [20], "parameters": 0},
        {"layer": "Linear", "output": [2], "parameters": 20 * 2 + 2},
    ]


def test_an_odd_image_is_seen_padded_and_cropped():
    found = summary.networks(built("conv"), LATENT)
    assert found["encoder"][0] == {"layer": "ZeroPad2d", "output": [1, 16, 8], "parameters": 0}
    assert found["decoder"][-1] == {"layer": "Crop", "output": [1, 9, 7], "parameters": 0}


def test_a_conditional_decoder_is_given_its_class():
    first = summary.networks(built("conditional_vae"), LATENT)["decoder"][0]
    assert first == {"layer": "Condition", "output": [12], "parameters": 0}


@pytest.mark.parametrize("name", variants.names())
def test_describing_changes_nothing_and_draws_nothing(name):
    model = built(name).train()
    model.decoder.eval()  # a mixed state, to be found again
    modes = [module.training for module in model.modules()]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    state = torch.get_rng_state()
    summary.networks(model, LATENT)
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


class Odd(nn.Module):
    """A network that takes two inputs, so no dummy fits it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Conv2d(5, 3, 2)

    def forward(self, one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        """Both inputs."""
        return self.inner(one) + two


def test_a_network_that_takes_no_dummy_is_listed_without_shapes():
    model = built("ae", hidden=(8,))
    model.odd = Odd()
    assert summary.networks(model, LATENT)["odd"] == [{"layer": "Conv2d", "parameters": 5 * 3 * 4 + 3}]


def test_batch_norm_is_described_without_moving_its_statistics():
    model = built("ae", hidden=(8,))
    model.encoder.insert(2, nn.BatchNorm1d(8))
    model.train()
    described = summary.networks(model, LATENT)["encoder"][2]
    assert described == {"layer": "BatchNorm1d", "output": [8], "parameters": 16}
    assert int(model.encoder[2].num_batches_tracked) == 0


def test_a_layer_that_runs_twice_is_described_once():
    model = built("ae", hidden=(8, 8))
    model.encoder[4] = model.encoder[2]
    assert len(summary.networks(model, LATENT)["encoder"]) == 5
