"""The kept epochs of a training travel to the browser as they are; what contradicts itself does not."""

import json
from itertools import pairwise

import numpy as np
import pytest
import safetensors.numpy

from aecore.decoder import Decoder
from dashboard.components.rewind import pack_decoder, pack_rewind

RNG = np.random.default_rng(0)
EPOCHS = (0, 3, 10)
LAYERS = [{"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"}]
CONDITION = {"type": "condition", "classes": 2}
WEIGHTS = {
    "decoder.0.weight": RNG.normal(size=(4, 2)).astype(np.float16),
    "decoder.0.bias": RNG.normal(size=4),
    "encoder.0.weight": np.zeros((2, 4)),
}
DECODER = Decoder(LAYERS, WEIGHTS)
CONDITIONAL = Decoder([CONDITION, *LAYERS], WEIGHTS)
CODES = [RNG.normal(size=(5, 2)).astype(np.float32) for _ in EPOCHS]


def arguments(**changed: object) -> dict:
    sound = {
        "epochs": EPOCHS,
        "codes": CODES,
        "labels": np.array([0, 1, 1, 0, 1]),
        "classes": ("a", "b"),
        "image_shape": (2, 2, 1),
        "shown": RNG.integers(0, 256, (3, 2, 2, 2, 1), dtype=np.uint8),
        "originals": np.zeros((2, 2, 2, 1), np.uint8),
        "decoders": {3: DECODER},
        "title": "toy",
        "split": "test",
    }
    return sound | changed


def about(packed: bytes, key: str = "rewind") -> dict:
    length = int.from_bytes(packed[:8], "little")
    return json.loads(json.loads(packed[8 : 8 + length])["__metadata__"][key])


def test_every_kept_epoch_is_sent_as_it_is():
    given = arguments()
    sent = safetensors.numpy.load(pack_rewind(**given))
    for epoch, codes in zip(EPOCHS, CODES, strict=True):
        np.testing.assert_array_equal(sent[f"codes/{epoch}"], codes)
    np.testing.assert_array_equal(sent["shown"], given["shown"])
    np.testing.assert_array_equal(sent["originals"], given["originals"])
    np.testing.assert_array_equal(sent["labels"], given["labels"])


def test_a_decoder_within_a_rewind_is_the_one_that_comes_later():
    packed = pack_rewind(**arguments(name="run"))
    assert safetensors.numpy.load(packed)["decoder/3"].tobytes() == pack_decoder(3, DECODER, "run")


def test_a_decoder_holds_what_its_layers_name_as_stored_and_no_encoder():
    packed = pack_decoder(3, DECODER)
    sent = safetensors.numpy.load(packed)
    assert set(sent) == {"decoder.0.weight", "decoder.0.bias"}
    assert (sent["decoder.0.weight"].dtype, sent["decoder.0.bias"].dtype) == (np.float16, np.float32)
    assert about(packed, "decoder") == {"epoch": 3, "layers": LAYERS, "name": ""}


def test_codes_that_are_float16_numbers_travel_as_such_and_lose_nothing():
    halves = [codes.astype(np.float16).astype(np.float32) for codes in CODES]
    mixed = [halves[0], CODES[1], np.full((5, 2), 1e6, np.float32)]
    sent = safetensors.numpy.load(pack_rewind(**arguments(codes=mixed)))
    assert [sent[f"codes/{epoch}"].dtype for epoch in EPOCHS] == [np.float16, np.float32, np.float32]
    for epoch, codes in zip(EPOCHS, mixed, strict=True):
        np.testing.assert_array_equal(sent[f"codes/{epoch}"].astype(np.float32), codes)


def test_equal_arguments_give_equal_bytes_and_others_do_not():
    given = arguments()
    assert pack_rewind(**given) == pack_rewind(**given)
    variations = [given, given | {"test_losses": [1, 2, 3]}, given | {"decoders": {}}, given | {"name": "x"}]
    packed = [pack_rewind(**variation) for variation in variations]
    assert all(a != b for a, b in pairwise(packed))


def test_the_fixed_images_are_found_among_the_codes():
    rows = np.array([2, 4, 6, 8, 9])
    found = about(pack_rewind(**arguments(rows=rows, images=[6, 5], total_images=10)))
    assert (found["images"], found["places"], found["total_images"]) == ([6, 5], [2, -1], 10)
    assert about(pack_rewind(**arguments(images=[4, 0])))["places"] == [4, 0]
    assert about(pack_rewind(**arguments()))["places"] == [-1, -1]


@pytest.mark.parametrize("axes", [None, (1, 0)])
def test_the_dimensions_to_open_on_are_those_that_were_chosen(axes):
    assert about(pack_rewind(**arguments(axes=axes)))["axes"] == (axes and list(axes))


def test_how_many_images_there_are_is_known_only_where_none_are_left_out():
    assert about(pack_rewind(**arguments()))["total_images"] == 5
    assert about(pack_rewind(**arguments(rows=np.arange(5))))["total_images"] is None


def test_a_loss_that_is_no_number_is_one_that_is_not_known():
    found = about(pack_rewind(**arguments(test_losses=[np.nan, 0.5, None], decoder_error=[None, 0.1, 0.2])))
    assert found["test_losses"] == [None, 0.5, None]
    assert found["decoder_error"] == [None, 0.1, 0.2]


@pytest.mark.parametrize("conditions", [np.array([0, 1, 0, 1, 1]), RNG.integers(0, 2, (3, 5))])
def test_the_class_that_each_image_is_decoded_with_may_change_with_the_epoch(conditions):
    decoders = {3: CONDITIONAL}
    sent = safetensors.numpy.load(pack_rewind(**arguments(conditions=conditions, decoders=decoders)))
    np.testing.assert_array_equal(sent["conditions"], np.atleast_2d(conditions))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"epochs": (0, 3)}, "2 epochs and codes of 3"),
        ({"epochs": (0, 3, 3)}, "Epochs must ascend"),
        ({"epochs": (-1, 3, 10)}, "Epochs must ascend"),
        ({"epochs": (), "codes": ()}, "0 epochs"),
        ({"codes": [*CODES[:2], np.zeros((4, 2))]}, "one shape"),
        ({"codes": [np.zeros(5)] * 3}, "one shape"),
        ({"codes": [np.zeros((5, 129))] * 3}, "d from 1 to 128"),
        ({"labels": np.zeros(4, int)}, r"labels must have shape \(5,\)"),
        ({"labels": np.full(5, 2)}, "labels run from 2 to 2"),
        ({"image_shape": (2, 2, 2)}, "1 or 3 channels"),
        ({"shown": np.zeros((3, 2, 2, 2, 1))}, "shown must be uint8"),
        ({"shown": np.zeros((2, 2, 2, 2, 1), np.uint8)}, "shown must be uint8"),
        ({"originals": np.zeros((3, 2, 2, 1), np.uint8)}, "originals must be uint8"),
        ({"rows": np.array([0, 1, 2, 3, 3])}, "5 different images"),
        ({"rows": np.arange(5) + 5, "total_images": 8}, "5 codes of 8 images"),
        ({"total_images": 4}, "5 codes of 4 images"),
        ({"images": [1]}, "images names 1; 2 are shown"),
        ({"decoders": {4: DECODER}}, "epoch 4, which is not among"),
        ({"decoders": {3: CONDITIONAL}}, "takes a class, and no conditions"),
        ({"conditions": np.zeros(5, int)}, "takes no class"),
        ({"conditions": np.zeros((2, 5), int), "decoders": {}}, r"shape \(5,\) or \(3, 5\)"),
        ({"conditions": np.full(5, 2), "decoders": {}}, "conditions run from 2"),
        ({"test_losses": [1.0]}, "test_losses must be 3 values"),
        ({"decoder_error": [1.0]}, "decoder_error must be 3 values"),
        ({"is_live": True}, "newest epoch alone, not 3"),
    ],
)
def test_what_contradicts_itself_is_refused_with_a_sentence(changed, said):
    pack_rewind(**arguments())
    with pytest.raises(ValueError, match=said):
        pack_rewind(**arguments(**changed))
