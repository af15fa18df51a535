"""Every kind of layer that is found: described as PyTorch has it, and of the shape that PyTorch computes."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from aecore.decoder import MOST_PRODUCTS, Decoder, check_numbers, layers, outline, output_shapes, tensor_names
from aecore.models import export, networks, variants
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


# What a layer costs


@pytest.mark.parametrize(
    ("kind", "way"), [case for case in CASES if case[0] in ("linear", "conv2d", "conv_transpose2d")]
)
def test_as_many_products_are_counted_as_pytorch_counts(kind, way):
    model = Toy(*EXAMPLES[kind][way])
    with FlopCounterMode(display=False) as counted:
        in_torch(model, codes_of(CODE, 1))
    records, shapes = export.decoder_layers(model), shapes_of(model)
    found = outline(records, shapes, CODE, CLASSES)
    multiplying = {"linear", "conv2d", "conv_transpose2d"}
    others = sum(
        int(np.prod(shape))
        for record, shape in zip(records, found.shapes[1:], strict=True)
        if record["type"] not in multiplying
    )
    assert 2 * (found.products - others) == counted.get_total_flops()  # a product and a sum


@pytest.mark.parametrize("form", ["strided", "pooled"])
def test_the_widest_decoder_that_a_config_makes_of_small_images_is_far_from_the_bounds(form):
    with torch.device("meta"):
        plan = networks.ConvPlan((3, 32, 32), (1024,) * 5, form, (8192,))
        model = nn.Module()
        model.decoder, model.output = networks.conv_decoder(plan, 64), nn.Sigmoid()
    found = outline(export.decoder_layers(model), shapes_of(model), 64, 10)
    assert 1e9 < 5 * found.products < MOST_PRODUCTS


IMAGE = [{"type": "unflatten", "shape": [3, 1, 1]}]
CONV = {"type": "conv2d", "weight": "decoder.w", "stride": [1, 1], "padding": [0, 0]}
BACK = CONV | {"type": "conv_transpose2d", "output_padding": [0, 0]}


@pytest.mark.parametrize(
    ("records", "weight", "match"),
    [
        ([*IMAGE, CONV | {"padding": [99, 99]}], (1, 3, 100, 100), "lays out 400,000,000 numbers"),
        (
            [*IMAGE, {"type": "upsample", "scale": [256, 256]}, BACK],
            (3, 1, 32, 32),
            "lays out 134,[0-9,]+ num",
        ),
        ([{"type": "repeat", "times": 4096}, {"type": "linear", "weight": "decoder.w"}], (2**21, 3), "shape"),
        ([{"type": "repeat", "times": 1024}] + 3 * [{"type": "linear", "weight": "decoder.w"}], (3, 3), None),
        (
            [*IMAGE, {"type": "upsample", "scale": [1024, 1024]}, CONV | {"padding": [31, 31]}],
            (1, 3, 64, 64),
            "products and lays out",
        ),
    ],
)
def test_a_decoder_that_takes_more_than_any_is_allowed_is_refused_by_its_shapes_alone(records, weight, match):
    shapes = {"decoder.w": weight}
    if match is None:
        assert output_shapes(records, shapes, 3, 0)[-1] == (1024, 3)
    else:
        with pytest.raises(ValueError, match=match):
            output_shapes(records, shapes, 3, 0)


def test_a_long_sequence_of_wide_layers_is_refused_by_its_products():
    wide = {"type": "linear", "weight": "decoder.w"}
    records = [{"type": "linear", "weight": "decoder.v"}, {"type": "repeat", "times": 4096}, *[wide] * 9]
    with pytest.raises(ValueError, match=f"{MOST_PRODUCTS:,} and"):
        output_shapes(records, {"decoder.v": (1000, 2), "decoder.w": (1000, 1000)}, 2, 0)


# Numbers that no layer can work with

POOL = {"type": "avg_pool2d", "kernel": [1, 1], "stride": [1, 1]}
NORM = {"type": "batch_norm", "mean": "decoder.m", "variance": "decoder.m", "epsilon": 1e-5}


@pytest.mark.parametrize(
    ("record", "match"),
    [
        (POOL | {"kernel": [0, 1]}, "its kernel is"),
        (POOL | {"type": "max_pool2d", "kernel": [1, 0]}, "its kernel is"),
        (POOL | {"stride": [0, 0]}, "its stride is"),
        (NORM | {"epsilon": 0}, "its epsilon is '0'"),
        (NORM | {"epsilon": -1.0}, "its epsilon is '-1.0'"),
        ({"type": "layer_norm", "weight": "decoder.m", "epsilon": 0.0}, "its epsilon is '0.0'"),
        ({"type": "clamp", "low": 1.0, "high": -1.0}, "its low end is 1.0"),
        ({"type": "leaky_relu", "slope": 1e39}, "its slope is '1e[+]39'"),
        (CONV | {"padding": [2, 0]}, r"a padding of \[2, 0\] meets a kernel of \[2, 2\]"),
        (CONV | {"stride": [0, 1]}, "its stride is"),
        (CONV | {"weight": "decoder.none"}, "holds nothing"),
        (BACK | {"padding": [0, 2]}, r"a padding of \[0, 2\] meets a kernel of \[2, 2\]"),
        (BACK | {"stride": [0, 1]}, "its stride is"),
        (BACK | {"output_padding": [1, 0]}, r"an output padding of \[1, 0\]"),
    ],
)
def test_a_number_that_no_layer_can_have_is_refused(record, match):
    shapes = {"decoder.w": (3, 3, 2, 2), "decoder.m": (3,), "decoder.none": (3, 3, 0, 0)}
    image = [{"type": "unflatten", "shape": [3, 1, 1]}, {"type": "upsample", "scale": [4, 4]}]
    with pytest.raises(ValueError, match=match):
        output_shapes([*image, record], shapes, 3, 0)


def test_tensors_are_finite_and_a_variance_is_not_negative():
    names = {"mean": "decoder.m", "variance": "decoder.v"}
    good = {"decoder.m": np.array([-1.0, 2.0]), "decoder.v": np.array([0.0, 2.0])}
    check_numbers(Decoder([NORM | names], good))
    with pytest.raises(ValueError, match="layer 1 of its decoder has a negative variance"):
        check_numbers(Decoder([NORM | names], good | {"decoder.v": -good["decoder.v"]}))
    with pytest.raises(ValueError, match=r"its decoder.m is not all numbers"):
        check_numbers(Decoder([NORM | names], good | {"decoder.m": np.array([np.nan, 0.0])}))


def test_a_decoder_of_a_class_says_of_how_many():
    with pytest.raises(ValueError, match="of how many classes"):
        Decoder([{"type": "condition"}], {})


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
