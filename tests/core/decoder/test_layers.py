"""Every kind of layer that is found: described as PyTorch has it, and of the shape that PyTorch computes."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from aecore.decoder import Decoder, layers, output_shapes, tensor_names
from aecore.models import export, variants
from aecore.models.modules import RowLSTM
from tests.conftest import ROOT
from tests.core.decoder.examples import CASES, CLASSES, CODE, EXAMPLES, Toy, codes_of, given, in_torch
from tests.core.models.small_models import Case


def shapes_of(model: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}


def test_every_kind_of_layer_that_is_found_has_an_example_and_runs_in_the_browser():
    assert set(EXAMPLES) == set(layers.names())
    frontend = ROOT / "dashboard" / "components" / "lib" / "decoder" / "layers"
    assert {path.stem for path in frontend.glob("[!_]*.js")} == set(layers.names())


@pytest.mark.parametrize(("kind", "way"), CASES)
def test_a_layer_gives_the_shape_that_pytorch_gives(kind, way):
    model = Toy(*EXAMPLES[kind][way])
    records = export.decoder_layers(model)
    assert kind in {record["type"] for record in records}
    drawn = in_torch(model, given(kind, codes_of(CODE, 1))[0])
    assert output_shapes(records, shapes_of(model), CODE, CLASSES)[-1] == drawn.shape[1:]


@pytest.mark.parametrize(("kind", "way"), CASES)
def test_a_layer_names_all_the_tensors_of_its_module_and_no_other(kind, way):
    model = Toy(*EXAMPLES[kind][way])
    counted = {name for name in model.state_dict() if name.endswith("num_batches_tracked")}
    assert set(model.described.tensors) == set(model.state_dict()) - counted


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 11, 6)])
def test_every_variants_decoder_leads_to_its_image(variant, shape):
    model = Case(variant, shape).untrained()
    assert output_shapes(export.decoder_layers(model), shapes_of(model), 2, 10)[-1] == shape


def test_a_decoder_holds_what_its_layers_name_and_says_what_is_missing():
    records = [{"type": "linear", "weight": "decoder.0.weight"}, {"type": "relu"}]
    weight, other = np.zeros((2, 2)), np.ones(3)
    decoder = Decoder(records, {"encoder.0.weight": other, "decoder.0.weight": weight})
    assert list(decoder.tensors) == ["decoder.0.weight"]
    assert decoder.tensors["decoder.0.weight"] is weight
    with pytest.raises(ValueError, match=r"^The layers need tensors that there are not: decoder.0.weight.$"):
        Decoder(records, {})


def test_a_decoder_knows_of_how_many_classes_it_takes_one():
    linear = {"type": "linear", "weight": "a"}
    assert Decoder([{"type": "condition", "classes": 7}, linear], {"a": np.zeros((2, 9))}).classes == 7
    assert Decoder([linear], {"a": np.zeros((2, 2))}).classes == 0


@pytest.mark.parametrize("kind", ["attention", "_pooling", "__init__", "os", None, ["relu"], 3, "../relu"])
def test_a_layer_of_no_known_type_is_refused(kind):
    for read in (tensor_names, lambda records: output_shapes(records, {}, 2, 10)):
        with pytest.raises(ValueError, match="of its decoder is of the type " + re.escape(repr(str(kind)))):
            read([{"type": kind}])


# Modules that are set up as the browser's layers cannot be


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(3, 3, 3, dilation=2),
        nn.Conv2d(3, 3, 3, groups=3),
        nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"),
        nn.Conv2d(3, 3, 3, padding="same"),
        nn.ConvTranspose2d(3, 3, 3, dilation=2),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Upsample(scale_factor=1.5),
        nn.Upsample(size=9),
        nn.MaxPool2d(3, padding=1),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.MaxPool2d(2, dilation=2),
        nn.AvgPool2d(3, padding=1),
        nn.AvgPool2d(2, divisor_override=3),
        nn.BatchNorm2d(3, track_running_stats=False),
        nn.LayerNorm(5, elementwise_affine=False),
        nn.GELU("tanh"),
        nn.Softplus(beta=2),
        nn.Unflatten(2, (1, 7)),
        nn.Flatten(2),
    ],
    ids=repr,
)
def test_settings_that_the_browser_lacks_are_refused(layer):
    with pytest.raises(TypeError, match=re.escape(f"decoder.0 is {layer}, and the browser's decoder cannot")):
        export.decoder_layers(Toy(layer))


@pytest.mark.parametrize("change", [{"num_layers": 2}, {"bidirectional": True}, {"batch_first": False}])
def test_an_lstm_of_another_form_is_refused(change):
    layer = RowLSTM(3, 4)
    layer.lstm = nn.LSTM(3, 4, **{"batch_first": True} | change)
    with pytest.raises(TypeError, match="cannot run a layer set up like that"):
        export.decoder_layers(Toy(layer))


def test_what_inherits_from_a_layer_is_another_one():
    class Doubled(nn.ReLU):
        """Computes something else."""

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            """Twice the values."""
            return 2 * values

    with pytest.raises(TypeError, match=r"^decoder.0 is a Doubled, which the browser's decoder cannot run"):
        export.decoder_layers(Toy(Doubled()))
