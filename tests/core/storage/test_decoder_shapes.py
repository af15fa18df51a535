"""The shapes worked out for a decoder are those that PyTorch computes."""

import pytest
import torch
from torch import nn

from aecore.models import export, variants
from aecore.models.layers import Condition, Crop, Repeat, RowLSTM, RowsToImage
from aecore.storage.decoder_shapes import LAYERS, output_shape
from tests.core.models.small_models import Case

CHAINS = {
    "linear": ([nn.Linear(3, 7), nn.LeakyReLU(0.1), nn.BatchNorm1d(7), nn.Linear(7, 4, bias=False)], 3),
    "convolutions": (
        [
            nn.Linear(2, 36),
            nn.Unflatten(1, (4, 3, 3)),
            nn.ELU(),
            nn.ConvTranspose2d(4, 6, (4, 3), stride=(2, 3), padding=1, output_padding=(1, 0)),
            nn.BatchNorm2d(6),
            nn.Conv2d(6, 5, 3, stride=2, padding=(0, 2)),
            nn.Upsample(scale_factor=3),
            nn.MaxPool2d(2),
            nn.AvgPool2d(3, stride=1),
            nn.LayerNorm([5, 2, 5]),
            Crop(1, 2),
            nn.Flatten(),
        ],
        2,
    ),
    "rows": (
        [nn.Linear(2, 5), Repeat(4), RowLSTM(5, 6), nn.Linear(6, 6), nn.Softplus(), RowsToImage(3, 2)],
        2,
    ),
    "condition": ([Condition(10), nn.Linear(12, 8), nn.GELU(), nn.SiLU(), nn.Hardtanh(0, 1), nn.Tanh()], 2),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_layers_gives_the_shape_that_pytorch_gives(name):
    layers, inputs = CHAINS[name]
    network = nn.Sequential(*layers).eval()
    model = Case("ae").untrained()
    model.decoder = network
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    given = inputs + 10 if isinstance(layers[0], Condition) else inputs
    drawn = network(torch.zeros(1, given)).shape[1:]
    assert output_shape(export.decoder_layers(model), shapes, inputs, 10) == tuple(drawn)


def test_the_chains_above_have_every_type_of_layer():
    found = set()
    for layers, _ in CHAINS.values():
        model = Case("ae").untrained()
        model.decoder = nn.Sequential(*layers)
        found |= {layer["type"] for layer in export.decoder_layers(model)}
    assert found | {"relu"} == set(LAYERS)


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 11, 6)])
def test_every_variants_decoder_leads_to_its_image(variant, shape):
    model = Case(variant, shape).untrained()
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert output_shape(export.decoder_layers(model), shapes, 2, 10) == shape
