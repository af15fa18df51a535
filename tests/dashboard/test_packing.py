"""What travels to the browser is what the run holds."""

import json
import zlib

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from aecore import datasets
from aecore.store import RunStore
from dashboard import data, state
from dashboard.components.latent_plane.packing import deflate, pack, weight_names


def plane_json(packed: bytes) -> dict:
    length = int.from_bytes(packed[:8], "little")
    return json.loads(json.loads(packed[8 : 8 + length])["__metadata__"]["plane"])


@pytest.fixture(scope="module")
def run():
    return RunStore().open("digits-vae-z2")


@pytest.fixture(scope="module")
def packed(run) -> bytes:
    return data.plane_of(run.path, True)


def test_every_code_and_label_of_the_test_split_is_sent(run, packed):
    sent = safetensors.numpy.load(packed)
    np.testing.assert_array_equal(sent["codes"], run.arrays["codes"])
    np.testing.assert_array_equal(sent["labels"], run.arrays["labels"])


def test_the_decoder_is_sent_as_stored_and_the_encoder_is_not(run, packed):
    sent = safetensors.numpy.load(packed)
    weights = {name for name in sent if "." in name}
    assert weights == {name for name in run.weights if name.startswith("decoder.")}
    assert all(sent[name].dtype == run.weights[name].dtype for name in weights)


def test_the_originals_arrive_bit_for_bit(packed):
    images = datasets.load_images("digits", "test").pixels
    sent = safetensors.numpy.load(packed)["pixels"].tobytes()
    np.testing.assert_array_equal(np.frombuffer(zlib.decompress(sent), np.uint8), images.ravel())


def test_without_images_on_the_machine_none_are_sent(run):
    assert "pixels" not in safetensors.numpy.load(data.plane_of(run.path, False))


def test_the_plane_knows_where_its_state_stands_in_the_address(packed):
    assert plane_json(packed)["url"] == state.PLANE_URL


def test_equal_runs_pack_to_equal_bytes(run, packed):
    data.plane_of.clear()
    assert data.plane_of(run.path, True) == packed


def arguments(**changed: object) -> dict:
    sound = {
        "codes": np.zeros((3, 2), np.float32),
        "labels": np.array([0, 1, 1]),
        "decoder": {"decoder.0.weight": np.zeros((4, 2), np.float16)},
        "layers": [{"type": "linear", "weight": "decoder.0.weight"}],
        "image_shape": (2, 2, 1),
        "classes": ("a", "b"),
        "title": "toy",
        "split": "test",
        "url_names": {},
    }
    return sound | changed


CONDITION = {"type": "condition", "classes": 2}


def conditional(**changed: object) -> dict:
    sound = {
        "layers": [CONDITION, {"type": "linear", "weight": "decoder.1.weight"}],
        "decoder": {"decoder.1.weight": np.zeros((4, 4), np.float16)},
        "conditions": np.array([1, 1, 0]),
    }
    return arguments(**sound | changed)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("codes", np.zeros(3), "codes must have shape"),
        ("labels", np.array([0, 1, 2]), "labels run from 0 to 2"),
        ("image_shape", (2, 2, 2), "1 or 3 channels"),
        ("prior", "swiss_roll", "'swiss_roll' needs prior_samples"),
        ("prior_samples", np.zeros((5, 2)), "A prior of None is shown without prior_samples"),
        ("decoder", {"codes": np.zeros(2)}, "rename it"),
        ("decoder", {}, "need tensors that decoder lacks: decoder.0.weight"),
        ("conditions", np.zeros(3), "conditions are given, but the layers take none"),
        ("url_names", {"selektion": "x"}, "unknown parts"),
        ("errors", np.zeros(2), r"errors must have shape \(3,\)"),
    ],
)
def test_what_contradicts_itself_is_refused_with_a_sentence(name, value, said):
    pack(**arguments())
    with pytest.raises(ValueError, match=said):
        pack(**arguments(**{name: value}))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("conditions", None, "No conditions are given, but the layers take one for each image"),
        ("conditions", np.array([0, 1]), r"conditions must have shape \(3,\)"),
        ("conditions", np.array([0, 1, 2]), "conditions run from 0 to 2"),
        ("classes", ("a", "b", "c"), "take one of 2 classes; there are 3"),
    ],
)
def test_conditions_must_fit_the_layers_the_codes_and_the_classes(name, value, said):
    pack(**conditional())
    with pytest.raises(ValueError, match=said):
        pack(**conditional(**{name: value}))


def test_the_class_that_each_image_is_decoded_with_is_sent():
    sent = safetensors.numpy.load(pack(**conditional()))["conditions"]
    assert sent.dtype == np.int16
    assert sent.tolist() == [1, 1, 0]


def test_a_prior_of_another_shape_is_sent_as_samples():
    samples = np.arange(8.0).reshape(4, 2)
    packed = pack(**arguments(prior="swiss_roll", prior_samples=samples))
    assert plane_json(packed)["prior"] == "swiss_roll"
    np.testing.assert_array_equal(safetensors.numpy.load(packed)["prior_samples"], samples)
    with pytest.raises(ValueError, match=r"prior_samples must have shape \(m, 2\), not \(4, 3\)"):
        pack(**arguments(prior="swiss_roll", prior_samples=np.zeros((4, 3))))


def test_the_layers_tensors_are_named_each_once_and_in_order():
    layers = [
        CONDITION,
        {"type": "linear", "weight": "a.weight", "bias": "a.bias"},
        {"type": "batch_norm", "weight": "b.weight", "mean": "b.mean", "variance": "b.var", "epsilon": 1e-5},
        {"type": "lstm", "weight_ih": "c.ih", "weight_hh": "c.hh", "bias_ih": "c.bi", "bias_hh": "c.bh"},
        {"type": "linear", "weight": "a.weight"},
    ]
    expected = ["a.weight", "a.bias", "b.weight", "b.mean", "b.var", "c.ih", "c.hh", "c.bi", "c.bh"]
    assert weight_names(layers) == expected


def test_only_images_are_deflated():
    with pytest.raises(ValueError, match="uint8"):
        deflate(np.zeros((2, 4, 4, 1)))
