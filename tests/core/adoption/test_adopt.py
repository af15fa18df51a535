"""Models and codes from elsewhere as runs: read, held against the network itself, measured, opened again."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pyarrow as pa
import pytest
import safetensors.numpy
import torch
from pyarrow import parquet
from torch import nn

import aecore
from aecore import datasets, runs
from aecore.adoption import Settings, files, readings
from aecore.adoption.networks import read as read_layers
from aecore.config import ADOPTED, CODES
from aecore.errors import BadImport, BadValue, CannotAdopt, DecoderNeeded, EncoderNeeded, ReadOnly, RunDamaged
from aecore.storage import archive_validation, archives
from aecore.storage.store import RunStore
from tests.core.adoption.test_graphs import built, of_keras

RNG = np.random.default_rng(0)
SIDE = 8
PIXELS = RNG.integers(0, 256, (144, SIDE, SIDE, 1), dtype=np.uint8)


def networks(channels: int = 1, spread: int = 1) -> tuple[nn.Sequential, nn.Sequential]:
    """A decoder to log-odds, and an encoder, with random weights."""
    torch.manual_seed(0)
    size = channels * SIDE * SIDE
    decoder = nn.Sequential(nn.Sequential(nn.Linear(2, 16), nn.ReLU()), nn.Dropout(0.5), nn.Linear(16, size))
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(size, 16), nn.Tanh(), nn.Linear(16, 2 * spread))
    return decoder, encoder


class Called(nn.Module):
    """Somebody's own, with one layer that is called in some way."""

    def __init__(self, way) -> None:
        super().__init__()
        self.layer, self.way = nn.Linear(2, 64), way

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """It, called so."""
        return self.way(self.layer, given)


def held_by_itself() -> nn.Module:
    network = nn.Sequential(nn.Linear(2, 64))
    network.add_module("itself", network)
    return network


def hooked() -> nn.Module:
    network = nn.Sequential(nn.Linear(2, 64))
    network.register_forward_hook(lambda *_: 1 / 0)
    return network


def drawn(decoder: nn.Module, codes: np.ndarray) -> np.ndarray:
    decoder.eval()
    with torch.no_grad():
        return torch.sigmoid(decoder(torch.tensor(codes))).numpy()


def test_a_model_becomes_a_run_that_encodes_and_decodes_as_the_model_does(tmp_path):
    decoder, encoder = networks()
    store = RunStore(tmp_path / "runs")
    found = aecore.adopt(
        decoder, encoder, name="mine", images=PIXELS, output="log_odds", pixels="unit", store=store
    )
    run = aecore.open_run("mine", store)
    assert run.stored.run_id == found.run.stored.run_id
    assert run.config.variant == ADOPTED
    assert run.config.dataset in datasets.names()
    assert found.off is not None
    assert found.off < 1e-5
    codes = RNG.normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_allclose(run.decode(codes).ravel(), drawn(decoder, codes).ravel(), atol=1 / 255)
    test = datasets.load_images(run.config.dataset, "test").pixels
    with torch.no_grad():
        expected = encoder(torch.tensor(test).permute(0, 3, 1, 2) / 255).numpy()
    np.testing.assert_allclose(run.encode(test), expected, atol=1e-2)
    np.testing.assert_allclose(run.codes, run.encode(test), atol=1e-5)
    assert {"mse", "psnr", "trustworthiness", "two_sample_accuracy", "hole_share"} <= set(run.metrics)
    assert run.history == []
    archive_validation.check(run.stored)
    runs.check_model(run.stored)
    remeasured = runs.measure(run, ["mse"], store)["mse"]
    assert remeasured == pytest.approx(run.metrics["mse"], rel=1e-4)


def test_a_model_that_is_adopted_twice_is_one_run_and_another_model_another(tmp_path):
    decoder, _ = networks()
    store = RunStore(tmp_path / "runs")
    first, again = (aecore.adopt(decoder, name="mine", store=store).run for _ in range(2))
    assert first.stored.run_id == again.stored.run_id
    with torch.no_grad():
        decoder[2].bias.add_(1)
    assert aecore.adopt(decoder, name="mine", store=store).run.stored.run_id != first.stored.run_id


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
@pytest.mark.parametrize("output", ["log_odds", "signed"])
@pytest.mark.parametrize("pixels", ["unit", "signed", "bytes"])
def test_how_a_model_is_read_is_found_out_by_what_reconstructs_best(layout, output, pixels):
    side, channels = 8, 3
    flat = np.arange(side * side * channels)
    images = RNG.integers(0, 256, (144, side, side, channels), dtype=np.uint8)
    given = images if layout == "channels_last" else images.transpose(0, 3, 1, 2)
    unit = given.reshape(144, -1) / 255
    scaled = {"unit": unit, "signed": 2 * unit - 1, "bytes": 255 * unit}[pixels]
    wanted = np.clip(unit, 0.02, 0.98)
    wanted = np.log(wanted / (1 - wanted)) if output == "log_odds" else 2 * wanted - 1
    # Codes as long as there are images: a linear model of them loses nothing.
    encoder, decoder = nn.Sequential(nn.Linear(len(flat), 144)), nn.Sequential(nn.Linear(144, len(flat)))
    with torch.no_grad():
        encoder[0].weight.copy_(torch.tensor(np.linalg.pinv(scaled).T))
        encoder[0].bias.zero_()
        decoder[0].weight.copy_(torch.tensor(wanted.T))
        decoder[0].bias.zero_()
    found = aecore.adopt(decoder, encoder, name="read", images=images)
    words = " ".join(found.notes)
    for part in (layout, output, pixels):
        assert readings.WORDS[part] in words
    assert found.run.metrics["mse"] < 1e-3


def test_an_encoder_of_means_and_log_variances_has_a_posterior():
    decoder, encoder = networks(spread=2)
    run = aecore.adopt(decoder, encoder, name="spread", images=PIXELS, pixels="unit").run
    _, spread = run.posterior(PIXELS[:3])
    assert spread is not None
    assert spread.shape == (3, 2)
    assert "kl" in run.metrics
    assert "negative_elbo" not in run.metrics


class Own(nn.Module):
    """A network as people write them: functions in its forward, and two heads."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, stride=2, padding=1)
        self.mean, self.log_var = nn.Linear(48, 2), nn.Linear(48, 2)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Means and log-variances."""
        found = torch.relu(self.conv(images)).flatten(1)
        return self.mean(found), self.log_var(found)


class OwnDecoder(nn.Module):
    """A decoder likewise."""

    def __init__(self) -> None:
        super().__init__()
        self.dense, self.up = nn.Linear(2, 48), nn.ConvTranspose2d(3, 1, 4, 2, 1)

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """Pixels."""
        found = nn.functional.silu(self.dense(codes)).view(-1, 3, 4, 4)
        return torch.sigmoid(self.up(found))


def test_a_module_with_a_forward_of_its_own_is_followed():
    run = aecore.adopt(OwnDecoder(), Own(), name="own", images=PIXELS).run
    kinds = [record["type"] for record in run.stored.manifest["layers"]]
    assert kinds == ["linear", "silu", "unflatten", "conv_transpose2d", "sigmoid"]
    assert run.posterior(PIXELS[:2])[1] is not None


def test_a_decoder_alone_gets_samples_of_the_prior_and_no_number_on_images(tmp_path):
    run = aecore.adopt(networks()[0], name="alone", output="log_odds", store=RunStore(tmp_path)).run
    assert run.codes.shape == (2000, 2)
    assert not {"mse", "trustworthiness", "knn_accuracy"} & set(run.metrics)
    assert "errors" not in run.stored.arrays
    assert run.stored.image_shape == (8, 8, 1)
    with pytest.raises(EncoderNeeded):
        run.encode(PIXELS[:2])
    archive_validation.check(run.stored)


def test_codes_that_are_given_with_images_belong_to_the_images_of_the_split():
    codes = RNG.normal(size=(144, 2)).astype(np.float32)
    run = aecore.adopt(networks()[0], name="given", images=PIXELS, codes=codes, output="log_odds").run
    test = datasets.load_images(run.config.dataset, "test").pixels
    rows = [next(k for k, image in enumerate(PIXELS) if (image == one).all()) for one in test]
    np.testing.assert_array_equal(run.codes, codes[rows])
    assert {"mse", "two_sample_accuracy"} <= set(run.metrics)


@pytest.mark.parametrize(
    ("decoder", "match"),
    [
        (
            nn.Sequential(nn.Linear(2, 64), nn.PReLU()),
            r"has the layer PReLU \(decoder.1\). Known: .*Conv2d",
        ),
        (
            nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 1, 3, dilation=2)),
            "dilation",
        ),
        (nn.Sequential(nn.Linear(2, 7)), r"gives the shape \[7\]"),
        ("decoder.pt", "is a str"),
        (nn.Sequential(), "the decoder has 0 layers"),
        (nn.Sequential(nn.Linear(2, 64), *[nn.ReLU() for _ in range(240)]), "more than 240 layers"),
        (held_by_itself(), "cannot be copied to the CPU"),
        (nn.Sequential(nn.Linear(2, 64, device="meta")), "cannot be copied to the CPU"),
        (
            nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8)), nn.Upsample(scale_factor=300)),
            "gives 5,760,000 numbers of a single code",
        ),
        (Called(lambda layer, given: layer(input=given)), "is given what it takes by its name"),
        (Called(lambda layer, given: torch.sigmoid(input=layer(given))), "given what it takes by its name"),
        (Called(lambda layer, given: layer(given).unflatten(1, sizes=(1, 8, 8))), "cannot be read"),
        (hooked(), "the network stops at what its layers take"),
    ],
)
def test_what_is_no_row_of_known_layers_is_refused_and_nothing_is_kept(decoder, match, tmp_path):
    store = RunStore(tmp_path / "runs")
    with pytest.raises(CannotAdopt, match=match):
        aecore.adopt(decoder, name="bad", images=PIXELS, store=store)
    assert store.listing().runs == []
    assert "bad" not in " ".join(datasets.names())


def test_a_model_that_computes_something_else_than_its_layers_is_found_out():
    class Hooked(nn.Sequential):
        """One whose forward is not that of a sequence."""

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            """More than its layers."""
            return super().forward(values) + 1

    with pytest.raises(CannotAdopt, match="differ by up to"):
        aecore.adopt(Hooked(nn.Linear(2, 64), nn.Sigmoid()), name="hooked")


def test_codes_alone_are_a_run_without_a_decoder(tmp_path):
    store, labels = RunStore(tmp_path), np.array(["a", "b"])[np.arange(50) % 2]
    codes = RNG.normal(size=(50, 3))
    run = aecore.add_codes(codes, labels=labels, name="zs", title="My codes", store=store).run
    assert (run.config.variant, run.stored.classes, run.stored.has_decoder) == (CODES, ("a", "b"), False)
    np.testing.assert_allclose(run.codes, codes, rtol=1e-6)
    assert run.stored.manifest["data_title"] == "My codes"
    assert "hole_share" not in run.metrics  # of three dimensions
    assert {"prior_coverage", "mmd2", "code_std"} <= set(run.metrics)
    with pytest.raises(DecoderNeeded):
        run.decode(codes)
    archive_validation.check(run.stored)
    runs.check_model(run.stored)


AGES, KINDS = [None, *map(float, range(49))], [["old", "new"][k % 2] for k in range(50)]


def test_what_is_known_of_each_code_is_kept_with_the_run_and_goes_along(tmp_path):
    store, codes = RunStore(tmp_path), RNG.normal(size=(50, 2))
    given = {"age": AGES, "kind": KINDS, "name": [f"no {k}" for k in range(50)]}
    adoption = aecore.add_codes(codes, columns=given | {"other": [[]] * 50}, name="zs", store=store)
    age, kind, name = adoption.run.stored.columns
    assert (age.name, kind.name, kind.words, len(name.words)) == ("age", "kind", ("new", "old"), 50)
    np.testing.assert_array_equal(age.values, np.array([np.nan, *range(49)]))
    assert [kind.words[int(index)] for index in kind.values] == KINDS
    assert any("other is left out" in note for note in adoption.notes)
    archive_validation.check(adoption.run.stored)
    other = RunStore(tmp_path / "elsewhere")
    archive = io.BytesIO(archives.export(adoption.run.stored))
    received = archives.import_archive(archive, other, check_model=runs.check_model).run
    assert [column.name for column in received.columns] == ["age", "kind", "name"]
    np.testing.assert_array_equal(received.columns[1].values, kind.values)
    bare = aecore.add_codes(codes, name="zs", store=store).run
    assert bare.stored.run_id != adoption.run.stored.run_id
    assert bare.stored.columns == ()


def test_what_is_known_of_codes_with_images_belongs_to_their_data_set():
    run = aecore.add_codes(
        RNG.normal(size=(144, 2)), PIXELS, columns={"place": np.arange(144)}, name="zc"
    ).run
    (column,) = datasets.load_images(run.config.dataset, "test").columns
    assert (column.name, len(column.values)) == ("place", run.stored.test_images)
    assert run.stored.columns == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda about, arrays: about.update(columns=[{"name": "age", "words": []}]),  # and none for kind
        lambda about, arrays: about.update(columns=[{"name": "<b>", "words": []}] * 2),
        lambda about, arrays: about.update(columns=[{"name": "a", "words": ["x"]}] * 65),
        lambda about, arrays: about.update(columns=7),
        lambda about, arrays: about["config"].update(variant="adopted"),
        lambda about, arrays: arrays.update({"column/1": np.full(50, 2.0)}),  # of two words
        lambda about, arrays: arrays.update({"column/1": np.full(50, np.inf)}),
        lambda about, arrays: arrays.update({"column/1": np.zeros(49)}),
        lambda about, arrays: arrays.update({"column/1": np.zeros(50, np.float32)}),
        lambda about, arrays: arrays.pop("column/1"),
    ],
)
def test_columns_that_no_adoption_writes_are_named(tmp_path, change):
    codes = RNG.normal(size=(50, 2)).astype(np.float32)
    run = aecore.add_codes(
        codes, columns={"age": AGES, "kind": KINDS}, name="zs", store=RunStore(tmp_path)
    ).run
    path, about = run.stored.path / "codes.safetensors", run.stored.manifest.copy()
    about["config"] = dict(about["config"])
    arrays = safetensors.numpy.load_file(path)
    change(about, arrays)
    content = safetensors.numpy.save(arrays)
    path.write_bytes(content)
    about["files"]["codes.safetensors"] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (run.stored.path / "manifest.json").write_text(json.dumps(about))
    with pytest.raises(RunDamaged):
        archive_validation.check(RunStore(tmp_path).open(run.stored.run_id))


def test_codes_with_images_are_shown_with_them():
    run = aecore.add_codes(RNG.normal(size=(144, 2)), PIXELS / 255, name="zi").run
    assert datasets.extent(run.config.dataset) == ((8, 8, 1), run.stored.test_images)
    assert {"trustworthiness", "two_sample_accuracy"} <= set(run.metrics)


@pytest.mark.parametrize(
    ("codes", "more", "match"),
    [
        (np.zeros(5), {}, "have the shape"),
        (np.zeros((5, 2), complex), {}, "the type complex"),
        (np.full((5, 2), np.nan), {}, "not all finite"),
        (np.full((5, 2), 1e30), {}, "reach to"),
        (np.zeros((2, 2)), {}, "n at least 4"),
        (np.zeros((5, 2000)), {}, "at most 1024"),
        (np.zeros((5, 2)), {"labels": [1, 2]}, "5 codes and 2 labels"),
        (np.zeros((5, 2)), {"images": PIXELS[:3]}, "5 codes and 3 images"),
        (np.zeros((5, 2)), {"labels": np.array([{}] * 5)}, "labels are of type object"),
        (np.zeros((5, 2)), {"labels": np.array(3)}, "5 codes and 1 labels"),
        (np.zeros((5, 2)), {"labels": np.zeros((5, 2))}, r"labels have the shape \(5, 2\)"),
        (np.zeros((5, 2)), {"labels": ["<b>", "a", "a", "a", "a"]}, "a class is called"),
        (np.zeros((5, 2)), {"labels": ["", "a", "a", "a", "a"]}, "a class is called"),
        (np.zeros((5, 2)), {"labels": [[1], [2, 3], 4, 5, 6]}, "labels are no array"),
        (np.zeros((5, 2)), {"images": np.float32(1)}, "5 codes and 1 images"),
        ([[1], [2, 3]], {}, "codes are no array"),
        (None, {}, "there are no codes"),
        (np.zeros((5, 2)), {"columns": {"age": [1, 2]}}, "5 codes and 2 values of 'age'"),
    ],
)
def test_what_are_no_codes_is_refused(codes, more, match):
    with pytest.raises((CannotAdopt, BadImport), match=match):
        aecore.add_codes(codes, name="bad", **more)


def test_one_activation_at_several_places_is_at_each_of_them():
    same = nn.ReLU()
    decoder = nn.Sequential(nn.Linear(2, 9), same, nn.Linear(9, 64), same)
    assert [type(layer) for layer in read_layers(decoder, "decoder")] == [nn.Linear, nn.ReLU] * 2


def test_labels_of_a_data_set_by_name_are_its_own():
    with pytest.raises(CannotAdopt, match="labels were given with the name of a data set"):
        aecore.adopt(*networks(), name="bad", images="digits", labels=[1])


@pytest.mark.parametrize("shape", ["xyz", (0, 0, 0), (-8, -8, 1), (8, 8, 2), (8, 8), (9999, 1, 1)])
def test_a_shape_that_no_image_has_is_refused(shape):
    with pytest.raises(BadValue, match="image_shape"):
        Settings("bad", image_shape=shape)


def test_names_and_settings_are_checked():
    for settings in ({"name": "../x"}, {"name": "x", "layout": "rows"}, {"name": "x", "prior": "flat"}):
        with pytest.raises(BadValue):
            Settings(**settings)


def test_where_what_is_stored_is_only_shown_nothing_is_adopted(monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    with pytest.raises(ReadOnly):
        aecore.adopt(networks()[0], name="mine")
    with pytest.raises(ReadOnly):
        aecore.add_codes(np.zeros((9, 2)), name="mine")


@pytest.mark.parametrize("what", ["model", "codes"])
def test_an_adopted_run_travels_as_a_file(what, tmp_path):
    store, other = RunStore(tmp_path / "one"), RunStore(tmp_path / "other")
    if what == "model":
        decoder, encoder = networks()
        run = aecore.adopt(decoder, encoder, name="mine", images=PIXELS, pixels="unit", store=store).run
    else:
        run = aecore.add_codes(RNG.normal(size=(9, 2)), name="mine", store=store).run
    archive = archives.export(run.stored)
    received = archives.import_archive(io.BytesIO(archive), other, check_model=runs.check_model)
    assert received.run.run_id == run.stored.run_id
    if what == "model":
        opened = runs.Run(received.run)
        np.testing.assert_array_equal(opened.encode(PIXELS[:4]), run.encode(PIXELS[:4]))


# Files


def npz(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def test_a_file_of_codes_is_recognised_by_what_is_in_it(tmp_path):
    path = tmp_path / "whatever.bin"
    path.write_bytes(
        npz(
            z=RNG.normal(size=(20, 2)), labels=np.arange(20) % 3, weather=np.zeros(20), more=np.zeros((20, 2))
        )
    )
    found = files.adopt_file(path, Settings("zs"), store=RunStore(tmp_path / "runs"))
    assert found.run.stored.classes == ("0", "1", "2")
    assert [column.name for column in found.run.stored.columns] == ["weather"]
    assert "Left out: more." in found.notes


def test_columns_of_parquet_are_kept_but_for_lists_and_what_is_no_word(tmp_path):
    table = {
        "z1": RNG.normal(size=20),
        "z2": RNG.normal(size=20),
        "age": pa.array([None, *range(19)]),
        "kind": pa.array(["a", "b"] * 10).dictionary_encode(),
        "list": pa.array([[1, 2]] * 20),
        "blob": pa.array([b"x"] * 20),
    }
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table(table), path)
    found = files.adopt_file(path, Settings("zs"), store=RunStore(tmp_path / "runs"))
    assert [(column.name, column.words) for column in found.run.stored.columns] == [
        ("age", ()),
        ("kind", ("a", "b")),
    ]
    assert "Left out: list, blob." in found.notes


def test_codes_that_explore_saved_come_back(tmp_path):
    from dashboard.figures.export import parquet_bytes
    from dashboard.shared.export_buttons import codes_table

    codes, labels = RNG.normal(size=(20, 3)).astype(np.float32), (np.arange(20) % 2).astype(np.int16)
    path = tmp_path / "codes.parquet"
    path.write_bytes(parquet_bytes(codes_table(codes, labels, ("odd", "even")), {"run": "x"}))
    run = files.adopt_file(path, Settings("zs"), store=RunStore(tmp_path / "runs")).run
    np.testing.assert_array_equal(run.codes, codes)
    assert run.stored.classes == ("even", "odd")


def test_an_onnx_decoder_is_adopted_from_its_file(tmp_path):
    nodes, arrays = of_keras()
    path = tmp_path / "decoder"
    path.write_bytes(built(nodes, (2,), {**arrays, "k": arrays["k"][:, :1], "kb": arrays["kb"][..., :1]}))
    found = files.adopt_file(path, Settings("keras"), store=RunStore(tmp_path / "runs"))
    assert found.run.stored.image_shape == (8, 8, 1)
    assert found.run.stored.manifest["layers"][-1] == {"type": "sigmoid"}
    assert found.off is not None
    assert found.off < 1e-5


def test_images_that_a_header_only_promises_are_refused(tmp_path):
    head = io.BytesIO()
    about = {"descr": "<f8", "fortran_order": False, "shape": (10**12, 8, 8)}
    np.lib.format.write_array_header_1_0(head, about)
    (tmp_path / "a.npy").write_bytes(head.getvalue())
    with pytest.raises(CannotAdopt, match="was cut off"):
        files.images_of(tmp_path / "a.npy")


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (zipped("archive/data.pkl", "archive/data/0"), "pickled model of PyTorch.*torch.onnx.export"),
        (b"\x80\x02}q\x00.", "is pickled.*torch.onnx.export"),
        (zipped("config.json", "model.weights.h5"), "Keras.*tf2onnx"),
        (b"\x89HDF\r\n", "Keras.*tf2onnx"),
        (b"\x93NUMPY\x01", "single array"),
        (zipped("nothing.txt"), "holds nothing.*no codes|no .npz that can be read"),
        (npz(z=np.array([{}] * 5)), "no .npz that can be read"),
        (b"PK\x03\x04", "cut off"),
        (
            zipped("z.npy").replace(b"\x14\x00\x00\x00", b"\x14\x00\x00\x08").replace(b"z.npy", b"\x88.npy"),
            "cut off",
        ),
        (b"PAR1", "no Parquet that can be read"),
        (b"", "ONNX"),
    ],
    ids=lambda one: one[:12] if isinstance(one, str) else None,
)
def test_what_is_neither_is_answered_with_what_to_do(content, match, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CannotAdopt, match=match):
        files.adopt_file(path, Settings("bad"))
