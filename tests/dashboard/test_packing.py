"""What travels to the browser is what the run holds."""

import json

import numpy as np
import pytest
import safetensors
import safetensors.numpy

from aecore.decoder import Decoder, tensor_names
from aecore.storage.store import RunStore
from dashboard.components.latent_plane.packing import Originals, pack
from dashboard.components.latent_plane.sharing import Mark, Way, pack_marks
from dashboard.services import cached_reads
from dashboard.state import keys

ORIGINALS = Originals("originals/digits/0123456789abcdef", 100)


def plane_json(packed: bytes) -> dict:
    length = int.from_bytes(packed[:8], "little")
    return json.loads(json.loads(packed[8 : 8 + length])["__metadata__"]["plane"])


@pytest.fixture(scope="module")
def run():
    return RunStore().open("digits-vae-z2")


@pytest.fixture(scope="module")
def packed(run) -> bytes:
    return cached_reads.packed_plane(run.path)


def test_every_code_and_label_of_the_test_split_is_sent(run, packed):
    sent = safetensors.numpy.load(packed)
    np.testing.assert_array_equal(sent["codes"], run.arrays["codes"])
    np.testing.assert_array_equal(sent["labels"], run.arrays["labels"])


def test_the_decoder_is_sent_as_stored_and_the_encoder_is_not(run, packed):
    sent = safetensors.numpy.load(packed)
    weights = {name for name in sent if "." in name}
    assert weights == {name for name in run.weights if name.startswith("decoder.")}
    assert all(sent[name].dtype == run.weights[name].dtype for name in weights)


def test_the_plane_knows_where_the_originals_are_and_that_there_are_none(run):
    assert cached_reads.plane_of(run, ORIGINALS).about["originals"] == ORIGINALS._asdict()
    assert cached_reads.plane_of(run, None).about["originals"] is None


def test_the_plane_knows_where_its_state_stands_in_the_address(run):
    assert cached_reads.plane_of(run, None).about["url"] == keys.PLANE_URL | {"run": keys.RUN}


def test_equal_runs_pack_to_equal_bytes(run, packed):
    cached_reads.packed_plane.clear()
    assert cached_reads.packed_plane(run.path) == packed


def linear(name: str, inputs: int = 2, *first: dict) -> Decoder:
    """A decoder of one linear layer, whose weight has that name."""
    weight = np.zeros((4, inputs), np.float16)
    return Decoder([*first, {"type": "linear", "weight": name}], {name: weight})


def arguments(**changed: object) -> dict:
    sound = {
        "codes": np.zeros((3, 2), np.float32),
        "labels": np.array([0, 1, 1]),
        "decoder": linear("decoder.0.weight"),
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
        "decoder": linear("decoder.1.weight", 4, CONDITION),
        "conditions": np.array([1, 1, 0]),
    }
    return arguments(**sound | changed)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("codes", np.zeros(3), "codes must have shape"),
        ("labels", np.array([0, 1, 2]), "labels run from 0 to 2"),
        ("labels", None, "There are 2 classes, and labels are not given"),
        ("classes", (), "There are 0 classes, and labels are given"),
        ("image_shape", (2, 2, 2), "1 or 3 channels"),
        ("prior", "swiss_roll", "'swiss_roll' needs prior_samples"),
        ("prior_samples", np.zeros((5, 2)), "A prior of None is shown without prior_samples"),
        ("decoder", linear("codes"), "rename it"),
        ("conditions", np.zeros(3), "conditions are given, but the decoder takes none"),
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
        ("conditions", None, "No conditions are given, but the decoder takes one for each image"),
        ("conditions", np.array([0, 1]), r"conditions must have shape \(3,\)"),
        ("conditions", np.array([0, 1, 2]), "conditions run from 0 to 2"),
        ("classes", ("a", "b", "c"), "takes one of 2 classes; there are 3"),
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
    assert tensor_names(layers) == expected


# Linked planes


def metadata(packed: bytes, key: str) -> dict:
    length = int.from_bytes(packed[:8], "little")
    return json.loads(json.loads(packed[8 : 8 + length])["__metadata__"][key])


def projection(**changed: object) -> dict:
    sound = {
        "positions": np.array([[0, 1], [2, 3], [4, 5]], np.float32),
        "codes": None,
        "decoder": None,
    }
    return arguments(**sound | changed)


def test_a_plane_of_a_group_carries_neither_originals_nor_a_state_of_its_own(run):
    about = cached_reads.linked_plane_of(run).about
    assert (about["group"], about["url"], about["originals"]) == (cached_reads.COMPARE_GROUP, {}, None)


def test_marks_find_the_plane_of_the_explore_page_by_its_run(run, packed):
    assert plane_json(packed)["name"] == run.run_id
    assert cached_reads.plane_of(run, None).about["group"] == cached_reads.EXPLORE_GROUP


def test_wherever_a_plane_stands_its_buffer_has_one_address(run):
    assert cached_reads.plane_of(run, None).address == cached_reads.linked_plane_of(run).address


def test_what_planes_share_is_sent_once(run):
    packed = cached_reads.shared_images("digits", ORIGINALS, run)
    sent = safetensors.numpy.load(packed)
    np.testing.assert_array_equal(sent["labels"], run.arrays["labels"])
    assert metadata(packed, "images")["url"] == keys.SHARED_URL
    assert metadata(packed, "images")["originals"] == ORIGINALS._asdict()
    bare = cached_reads.shared_images("digits", None, run)
    assert metadata(bare, "images")["originals"] is None


def test_a_projection_needs_neither_codes_nor_a_decoder():
    packed = pack(**projection(indices=np.array([7, 3, 5])))
    sent = safetensors.numpy.load(packed)
    assert sent["positions"].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert sent["indices"].tolist() == [7, 3, 5]
    assert plane_json(packed)["layers"] is None
    assert plane_json(packed)["latent_dim"] == 0


def test_a_projection_of_codes_can_decode_them():
    packed = pack(**arguments(positions=np.zeros((3, 2))))
    assert {"codes", "positions", "decoder.0.weight"} <= set(safetensors.numpy.load(packed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"positions": None}, "Only a projection, with positions, goes without codes"),
        ({"positions": np.zeros((3, 3))}, r"positions must have shape \(3, 2\), not \(3, 3\)"),
        ({"indices": np.array([1, 2])}, "indices must be 3 different rows"),
        ({"indices": np.array([1, 2, 2])}, "indices must be 3 different rows"),
        ({"decoder": linear("decoder.0.weight")}, "decoder is given without the codes"),
    ],
)
def test_a_projection_that_contradicts_itself_is_refused(changed, said):
    pack(**projection())
    with pytest.raises(ValueError, match=said):
        pack(**projection(**changed))


def holes_map(size: int = 3) -> dict[str, np.ndarray]:
    centres = np.linspace(-3, 3, size)
    error = np.arange(size * size, dtype=np.float32).reshape(size, size)
    return {"x": centres, "y": 2 * centres, "cycle_error": error, "holes": error > 4}


def test_marks_and_maps_of_holes_arrive_as_they_are():
    mark = Mark("run-a", np.array([0.5, -1]), np.array([0.1, 0.2]), "Your drawing", condition=1)
    fine = {f"near_{name}": array for name, array in holes_map(2).items()}
    packed = pack_marks("compare", [mark], {"run-a": holes_map() | fine}, image=4)
    about, sent = metadata(packed, "marks"), safetensors.numpy.load(packed)
    assert about["marks"] == [
        {"plane": "run-a", "title": "Your drawing", "condition": 1, "code": [0.5, -1.0], "spread": [0.1, 0.2]}
    ]
    coarse, near = about["holes"]["run-a"]
    assert (coarse["size"], coarse["x"], coarse["y"]) == (3, [-3.0, 3.0], [-6.0, 6.0])
    assert near["size"] == 2
    np.testing.assert_array_equal(sent[f"{coarse['key']}.cycle_error"], holes_map()["cycle_error"])
    np.testing.assert_array_equal(sent[f"{coarse['key']}.holes"], holes_map()["holes"])
    np.testing.assert_array_equal(sent[f"{near['key']}.holes"], holes_map(2)["holes"])
    assert about["image"] == {"index": 4}


def test_an_image_that_is_not_asked_for_is_told_from_none():
    assert metadata(pack_marks("compare"), "marks")["image"] is None
    assert metadata(pack_marks("compare", image=None), "marks")["image"] == {"index": None}


def test_ways_travel_with_all_their_codes():
    codes = np.array([[0.0, 1.0], [0.5, 0.25]], np.float32)
    packed = pack_marks("compare", ways=[Way("run-a", codes, is_round=True)])
    assert metadata(packed, "marks")["ways"] == [{"plane": "run-a", "round": True, "codes": codes.tolist()}]
    assert metadata(pack_marks("compare"), "marks")["ways"] == []


def test_values_arrive_with_their_words_and_whose_they_are():
    values = np.array([0.0, np.nan, 1.0])
    packed = pack_marks("compare", values={"column-form": values}, words={"column-form": ("round", "flat")})
    about = metadata(packed, "marks")
    assert (about["values"], about["words"]) == (["column-form"], {"column-form": ["round", "flat"]})
    assert (about["whose"], about["clusters_of"]) == ("", "")
    np.testing.assert_array_equal(safetensors.numpy.load(packed)["value.column-form"], values)
    own = pack_marks("compare", values={"kl": values}, whose="run-a", clusters_of="VAE")
    assert (metadata(own, "marks")["whose"], metadata(own, "marks")["clusters_of"]) == ("run-a", "VAE")


def test_marks_that_contradict_themselves_are_refused():
    with pytest.raises(ValueError, match="A spread of 1 numbers is given for a code of 2"):
        pack_marks("compare", [Mark("a", np.zeros(2), np.zeros(1), "x")])
    with pytest.raises(ValueError, match=r"holes must have shape \(3, 3\), as x and y, not \(2, 3\)"):
        pack_marks("compare", holes={"a": holes_map() | {"holes": np.zeros((2, 3))}})
