"""ONNX graphs as rows of layers: what exporters write is followed, what is not known refused by name."""

import contextlib
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from aecore.adoption import agreement, graphs
from aecore.errors import CannotAdopt

RNG = np.random.default_rng(0)


def weights(*shape: int) -> np.ndarray:
    return (RNG.normal(size=shape) * 2 / max(shape[0], 1) ** 0.5).astype(np.float32)


def built(nodes, shape, arrays, inputs=("x",), functions=(), batch="n") -> bytes:
    """A graph of nodes (operator, inputs, attributes), whose outputs are named v0, v1, ... in their order."""
    made = [
        helper.make_node(kind, given, [f"v{place}"], **attributes)
        for place, (kind, given, attributes) in enumerate(nodes)
    ]
    graph = helper.make_graph(
        made,
        "network",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, *shape]) for name in inputs],
        [helper.make_tensor_value_info(f"v{len(made) - 1}", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], functions=list(functions))
    return model.SerializeToString()


def assert_alike(
    content: bytes, shape: tuple[int, ...], which: str = "decoder", scale: float = 1
) -> list[nn.Module]:
    """See that a graph and the layers that are read of it compute the same."""
    found = graphs.read(content, which)
    given = (scale * RNG.normal(size=(3, *shape))).astype(np.float32)
    expected = found.network(given)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(agreement.described(found.layers, given), expected, atol=1e-5)
    return list(found.layers)


def of_keras(side: int = 4) -> tuple[list, dict]:
    """What tf2onnx writes of a Keras decoder: MatMul and Add, channels last, transposed for a convolution."""
    arrays = {
        "w": weights(2, side * side * 3),
        "b": weights(side * side * 3),
        "to": np.array([-1, side, side, 3]),
        "k": weights(3, 2, 3, 3),
        "kb": weights(1, 1, 1, 2),
    }
    nodes = [
        ("MatMul", ["x", "w"], {}),
        ("Add", ["v0", "b"], {}),
        ("Relu", ["v1"], {}),
        ("Reshape", ["v2", "to"], {}),
        ("Transpose", ["v3"], {"perm": [0, 3, 1, 2]}),
        ("ConvTranspose", ["v4", "k"], {"strides": [2, 2], "auto_pad": "SAME_UPPER"}),
        ("Transpose", ["v5"], {"perm": [0, 2, 3, 1]}),
        ("Add", ["v6", "kb"], {}),
        ("Sigmoid", ["v7"], {}),
    ]
    return nodes, arrays


def test_a_decoder_as_tf2onnx_writes_it_is_followed():
    nodes, arrays = of_keras()
    layers = assert_alike(built(nodes, (2,), arrays), (2,))
    assert [type(layer).__name__ for layer in layers[:4]] == ["Linear", "ReLU", "Unflatten", "Permute"]


EXPORTED = Path(__file__).parent / "exported"


@pytest.mark.parametrize("name", sorted(path.stem for path in EXPORTED.glob("*.onnx")))
def test_what_exporters_really_write_is_followed(name):
    which = "encoder" if name.endswith("encoder") else "decoder"
    shape = (28, 28, 1) if which == "encoder" else (2,)
    assert_alike((EXPORTED / f"{name}.onnx").read_bytes(), shape, which, 255 if "pooled" in name else 1)


def test_what_is_not_known_of_an_export_is_named():
    for kind, arrays, shape, what in (
        ("Tile", {"n": np.array([1, 2])}, (4,), "repeats more than single numbers"),
        ("Tile", {"n": np.array([3, 1])}, (4,), "repeats more than single numbers"),
        ("Div", {"n": np.zeros(4, np.float32)}, (4,), "divides by 0"),
        ("Resize", {"n": np.array([1, 2, 1, 2], np.float32)}, (3, 4, 5), "enlarges channels"),
    ):
        given = ["x", "", "n"] if kind == "Resize" else ["x", "n"]
        with pytest.raises(CannotAdopt, match=what), warnings.catch_warnings(action="error"):
            graphs.read(built([(kind, given, {})], shape, arrays), "decoder")
    turned = [("Reshape", ["x", "to"], {}), ("Transpose", ["v0"], {"perm": [0, 4, 3, 2, 1]})]
    with pytest.raises(CannotAdopt, match="orders more sides"):
        graphs.read(built(turned, (36,), {"to": np.array([-1, 2, 3, 3, 2])}), "decoder")


def test_orders_of_axes_that_undo_one_another_are_left_out():
    nodes = [("Transpose", ["x"], {"perm": [0, 2, 3, 1]}), ("Transpose", ["v0"], {"perm": [0, 3, 1, 2]})]
    nodes += [("Tanh", ["v1"], {})]
    assert len(assert_alike(built(nodes, (3, 4, 5), {}), (3, 4, 5))) == 1


FROM_THE_EDGE = {"coordinate_transformation_mode": "asymmetric"}
SAME = {"auto_pad": "SAME_UPPER"}
IMAGE = (3, 6, 5)
KERNEL = {"k": weights(4, 3, 3, 3), "b": weights(4)}
BACK = {"k": weights(3, 4, 3, 3), "b": weights(4)}
WAYS = {
    "gemm, turned": ([("Gemm", ["x", "w", "b"], {"transB": 1})], (5,), {"w": weights(7, 5), "b": weights(7)}),
    "gemm, scaled": ([("Gemm", ["x", "w"], {"alpha": 0.5})], (5,), {"w": weights(5, 7)}),
    "same padding": ([("Conv", ["x", "k", "b"], {"strides": [2, 2], **SAME})], IMAGE, KERNEL),
    "plain padding": ([("Conv", ["x", "k"], {"pads": [1, 1, 1, 1]})], IMAGE, {"k": KERNEL["k"]}),
    "padding to the left": ([("Conv", ["x", "k"], {"pads": [2, 1, 0, 0]})], IMAGE, {"k": KERNEL["k"]}),
    "transposed": ([("ConvTranspose", ["x", "k", "b"], {"strides": [2, 2]})], IMAGE, BACK),
    "transposed to a shape": (
        [("ConvTranspose", ["x", "k"], {"strides": [2, 2], "output_shape": [12, 10], **SAME})],
        IMAGE,
        {"k": BACK["k"]},
    ),
    "transposed, padded more at the end": (
        [("ConvTranspose", ["x", "k"], {"strides": [2, 2], "pads": [0, 0, 1, 1]})],
        IMAGE,
        {"k": BACK["k"]},
    ),
    "transposed, output padding": (
        [("ConvTranspose", ["x", "k"], {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]})],
        IMAGE,
        {"k": BACK["k"]},
    ),
    "cut off at the end": (
        [
            ("ConvTranspose", ["x", "k"], {"strides": [2, 2]}),
            ("Slice", ["v0", "from", "to", "axes"], {}),
        ],
        IMAGE,
        {"k": BACK["k"], "from": np.array([0, 0]), "to": np.array([12, 10]), "axes": np.array([2, 3])},
    ),
    "pooled": ([("MaxPool", ["x"], {"kernel_shape": [2, 2], "strides": [2, 2]})], IMAGE, {}),
    "averaged": ([("AveragePool", ["x"], {"kernel_shape": [2, 3], "strides": [1, 2]})], IMAGE, {}),
    "averaged as a whole": ([("GlobalAveragePool", ["x"], {}), ("Flatten", ["v0"], {})], IMAGE, {}),
    "enlarged": (
        [("Resize", ["x", "", "s"], {"mode": "nearest", "nearest_mode": "floor", **FROM_THE_EDGE})],
        IMAGE,
        {"s": np.array([1, 1, 2, 3], np.float32)},
    ),
    "enlarged, channels last": (
        [("Resize", ["x", "", "s"], {"mode": "nearest", "nearest_mode": "floor", **FROM_THE_EDGE})],
        (4, 5, 3),
        {"s": np.array([1, 2, 3, 1], np.float32)},
    ),
    "single numbers repeated": (
        [("Unsqueeze", ["x", "axes"], {}), ("Tile", ["v0", "times"], {}), ("Tanh", ["v1"], {})],
        (3, 4),
        {"axes": np.array([2, 4]), "times": np.array([1, 1, 2, 1, 3])},
    ),
    "four sides ordered, two of which stay together": (
        [
            ("Reshape", ["x", "to"], {}),
            ("Transpose", ["v0"], {"perm": [0, 4, 2, 3, 1]}),
            ("Tanh", ["v1"], {}),
        ],
        (60,),
        {"to": np.array([-1, 2, 3, 5, 2])},
    ),
    "zeros around": (
        [("Pad", ["x", "p"], {})],
        IMAGE,
        {"p": np.array([0, 0, 1, 2, 0, 0, 3, 0])},
    ),
    "normalised": (
        [("BatchNormalization", ["x", "w", "b", "m", "v"], {"epsilon": 1e-3})],
        IMAGE,
        {"w": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3)) + 0.5},
    ),
    "normalised by itself": (
        [("LayerNormalization", ["x", "w", "b"], {"axis": -1})],
        (7,),
        {"w": weights(7), "b": weights(7)},
    ),
    "rescaled": (
        [("Mul", ["x", "s"], {}), ("Sub", ["v0", "o"], {})],
        IMAGE,
        {"s": np.float32(2.0), "o": np.float32(1.0)},
    ),
    "taken from one": ([("Sub", ["o", "x"], {})], (4,), {"o": np.float32(1.0)}),
    "divided": ([("Div", ["x", "s"], {})], (4,), {"s": np.float32(4.0)}),
    "a number for each channel, last": (
        [("Mul", ["x", "s"], {}), ("Add", ["v0", "o"], {})],
        (4, 5, 3),
        {"s": weights(3), "o": weights(3)},
    ),
    "a number for each channel, first": ([("Add", ["x", "o"], {})], IMAGE, {"o": weights(3, 1, 1)}),
    "swish": ([("Sigmoid", ["x"], {}), ("Mul", ["x", "v0"], {})], (6,), {}),
    "leaky": ([("LeakyRelu", ["x"], {"alpha": 0.3})], (6,), {}),
    "clipped": ([("Clip", ["x", "low", "high"], {})], (6,), {"low": np.float32(0), "high": np.float32(1)}),
    "elu": ([("Elu", ["x"], {"alpha": 0.5})], (6,), {}),
    "softplus": ([("Softplus", ["x"], {})], (6,), {}),
    "left out": ([("Dropout", ["x"], {}), ("Identity", ["v0"], {}), ("Tanh", ["v1"], {})], (6,), {}),
    "sides of 1": (
        [("Unsqueeze", ["x", "axes"], {}), ("Squeeze", ["v0", "one"], {}), ("Relu", ["v1"], {})],
        (6,),
        {"axes": np.array([2, 3]), "one": np.array([3])},
    ),
    "a shape that is worked out": (
        [
            ("Shape", ["x"], {}),
            ("Gather", ["v0", "first"], {}),
            ("Concat", ["v1", "sides"], {"axis": 0}),
            ("Reshape", ["x", "v2"], {}),
            ("Relu", ["v3"], {}),
        ],
        (12,),
        {"first": np.array([0]), "sides": np.array([3, 2, 2])},
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_operator_computes_what_the_format_says(way):
    nodes, shape, arrays = WAYS[way]
    assert_alike(built(nodes, shape, arrays), shape)


def test_every_operator_that_is_known_is_among_these():
    used = {kind for nodes, _, _ in WAYS.values() for kind, _, _ in nodes} | {
        "Sigmoid",
        "MatMul",
        "Transpose",
    }
    assert {"Gelu", "Cast", "Upsample", *used} >= set(graphs.known().split(", "))


def test_a_graph_that_pytorch_itself_wrote_is_followed(tmp_path):
    network = nn.Sequential(
        nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 32), nn.ReLU(), nn.Unflatten(1, (2, 4, 4)),
        nn.ConvTranspose2d(2, 3, 4, 2, 1), nn.BatchNorm2d(3), nn.LeakyReLU(), nn.Conv2d(3, 1, 3, padding=1),
    ).eval()  # fmt: skip
    path = tmp_path / "decoder.onnx"
    with warnings.catch_warnings():  # of the exporter that needs no further package
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(network, (torch.zeros(1, 2),), str(path), dynamo=False)
    found = graphs.read(path.read_bytes(), "decoder")
    given = RNG.normal(size=(4, 2)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.tensor(given)).numpy()
    np.testing.assert_allclose(agreement.described(found.layers, given), expected, atol=1e-5)


REFUSED = {
    "unknown": ([("Softmax", ["x"], {})], (4,), {}, "operator Softmax.*Known: Add, AveragePool"),
    "two branches": ([("Relu", ["x"], {}), ("Add", ["x", "v0"], {})], (4,), {}, "joins two branches"),
    "grouped": (
        [("Conv", ["x", "k"], {"group": 3})],
        IMAGE,
        {"k": weights(3, 1, 3, 3)},
        "dilated or grouped",
    ),
    "does not fit": ([("MatMul", ["x", "w"], {})], (4,), {"w": weights(5, 2)}, "does not fit"),
    "interpolated": (
        [("Resize", ["x", "", "s"], {"mode": "linear"})],
        IMAGE,
        {"s": np.array([1, 1, 2, 2], np.float32)},
        "interpolates",
    ),
    "far too large": (
        [("Resize", ["x", "", "s"], {"mode": "nearest"})],
        IMAGE,
        {"s": np.array([1, 1, 9000, 9000], np.float32)},
        "does not fit",
    ),
    "far too wide a padding": (
        [("Pad", ["x", "p"], {})],
        IMAGE,
        {"p": np.array([0, 0, 10**6, 10**6, 0, 0, 0, 0])},
        "does not fit",
    ),
    "other numbers at each place": ([("Add", ["x", "o"], {})], IMAGE, {"o": weights(1, 6, 5)}, "each place"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_no_layer_does_is_refused_with_a_sentence(why):
    nodes, shape, arrays, match = REFUSED[why]
    with pytest.raises(CannotAdopt, match=match):
        graphs.read(built(nodes, shape, arrays), "decoder")


def test_what_is_out_of_bounds_is_refused_before_anything_is_computed(monkeypatch):
    relu = [("Relu", ["x"], {})]
    too_many = [("Relu", ["x" if not k else f"v{k - 1}"], {}) for k in range(graphs.MOST_NODES + 1)]
    for content, match in (
        (built(too_many, (4,), {}), "1,025 nodes"),
        (built(relu, (4,), {}, inputs=("x", "y")), "takes 2 inputs"),
        (built(relu, ("d",), {}), "fixed sizes"),
        (b"\x00\x01nonsense", "ONNX"),
        (b"", "ONNX"),
    ):
        with pytest.raises(CannotAdopt, match=match):
            graphs.read(content, "decoder")
    monkeypatch.setattr(graphs, "MOST_BYTES", 10)
    with pytest.raises(CannotAdopt, match="MB"):
        graphs.read(built(relu, (4,), {}), "decoder")


def test_weights_in_a_further_file_are_refused():
    model = onnx.load_model_from_string(built([("MatMul", ["x", "w"], {})], (4,), {"w": weights(4, 2)}))
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    with pytest.raises(CannotAdopt, match="in a further file"):
        graphs.read(model.SerializeToString(), "decoder")


def test_a_graph_that_was_damaged_never_raises_anything_else():
    nodes, arrays = of_keras()
    content = built(nodes, (2,), arrays)
    for seed in range(300):
        random = np.random.default_rng(seed)
        damaged = bytearray(content)
        for place in random.integers(0, len(damaged), 1 + seed % 6):
            damaged[place] = random.integers(0, 256)
        with contextlib.suppress(CannotAdopt):
            graphs.read(bytes(damaged), "decoder")
