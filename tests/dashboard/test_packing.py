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
from dashboard.components.latent_plane.packing import deflate, pack


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("codes", np.zeros(3), "codes must have shape"),
        ("labels", np.array([0, 1, 2]), "labels run from 0 to 2"),
        ("image_shape", (2, 2, 2), "1 or 3 channels"),
        ("prior", "cauchy", "prior must be"),
        ("decoder", {"codes": np.zeros(2)}, "rename it"),
        ("url_names", {"selektion": "x"}, "unknown parts"),
        ("errors", np.zeros(2), r"errors must have shape \(3,\)"),
    ],
)
def test_what_contradicts_itself_is_refused_with_a_sentence(name, value, said):
    pack(**arguments())
    with pytest.raises(ValueError, match=said):
        pack(**arguments(**{name: value}))


def test_only_images_are_deflated():
    with pytest.raises(ValueError, match="uint8"):
        deflate(np.zeros((2, 4, 4, 1)))
