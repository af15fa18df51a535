"""Compaction: small decoders draw what those of the epochs draw, and the shipped rewinds are such."""

import json

import numpy as np
import pytest
import safetensors
import torch

from aecore import datasets
from aecore.cli import replay as command
from aecore.errors import BadValue, ReadOnly
from aecore.models import build, export, inference, variants
from aecore.runs import Run
from aecore.storage import cache, replay
from aecore.storage.replay import KIND, SETTINGS, Frame, Rewind
from aecore.storage.run import FinishedRun
from aecore.storage.store import ABOUT, RunStore
from aecore.training import distillation, loop
from tests.conftest import ROOT
from tests.core.models.small_models import DIGITS, stored_digits

EPOCHS = 6
SHIPPED = RunStore(ROOT / "pretrained")
SHIPPED_RUNS = ["mnist-ae-z2-df79db5a03", "mnist-vae-z2-eab126f9af", "mnist-aae-z2-716ed038d4"]
every_shipped = pytest.mark.parametrize("run_id", SHIPPED_RUNS)


def drawn(decoder, codes):
    """Pixels (n, h, w, c) that a decoder's description draws, in numpy alone."""
    values = np.asarray(codes, np.float32)
    tensors = decoder.tensors
    for layer in decoder.layers:
        match layer["type"]:
            case "linear":
                bias = tensors[layer["bias"]].astype(np.float32) if "bias" in layer else 0
                values = values @ tensors[layer["weight"]].astype(np.float32).T + bias
            case "relu":
                values = np.maximum(values, 0)
            case "unflatten":
                values = values.reshape(-1, *layer["shape"]).transpose(0, 2, 3, 1)
            case "sigmoid":
                values = 1 / (1 + np.exp(-np.clip(values, -80, 80)))
            case other:
                raise AssertionError(other)
    return values


def rms(one, other):
    """Root mean square difference of images."""
    return float(np.sqrt(np.square(one - other).mean()))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on digits with every epoch kept, stored with its rewind: the store and the rewind."""
    config = variants.configure("ae", "digits", epochs=EPOCHS, hidden=(96, 80), batch_size=64)
    model, test = build.build_model(config, DIGITS), stored_digits("test")
    followed = replay.shown_images(test.labels.numpy(), len(test.labels))
    frames = []

    def keep(epoch):
        codes = inference.encode(model, test).mean.numpy()
        shown = inference.decode(model, codes[followed])
        error = np.square(inference.reconstruct(model, test) - pixels).mean()
        shown = np.round(shown * 255).astype(np.uint8)
        frames.append(Frame(epoch, codes, export.decoder(model), shown, float(error)))

    pixels = datasets.load_images("digits", "test").pixels / 255
    keep(0)
    for epoch in loop.train_epochs(model, config, stored_digits("train"), test):
        keep(epoch.number)
    arrays = {"codes": frames[-1].codes, "labels": test.labels.numpy().astype(np.int16)}
    arrays["errors"] = np.zeros(len(pixels), np.float16)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    manifest = SHIPPED.open("digits-ae-z2").manifest
    about = {name: manifest[name] for name in ABOUT} | {"layers": frames[-1].decoder.layers}
    store = RunStore(tmp_path_factory.mktemp("trained"))
    run = store.write(FinishedRun(config, weights, arrays, [], {}, about, rewind=replay.packed(frames)))
    return store, replay.open_rewind(run)


@pytest.fixture(scope="module")
def small(trained):
    """The rewind of that run, made small: the decoders of 128 units it may have are no fewer than it has."""
    store, source = trained
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distillation, "WIDTHS", ((24, 24), (48, 40)))
        patch.setattr(distillation, "RANK", 32)
        arrays = distillation.compact(source, epochs=4, codes=100, steps=300)
    return Rewind(source.run, cache.write(source.run, KIND, SETTINGS, arrays, store))


def test_the_epochs_are_fewer_and_the_first_and_the_last_are_there(small):
    assert small.epochs == [0, 1, 2, 6]


def test_codes_are_those_of_evenly_spread_images_and_of_those_it_follows_to_three_digits(trained, small):
    total = len(trained[1].codes(0))
    assert len(small.rows) < total
    assert small.rows.tolist() == sorted({*range(0, total, -(-total // 100)), *small.images})
    for epoch in small.epochs:
        np.testing.assert_allclose(small.codes(epoch), trained[1].codes(epoch)[small.rows], rtol=1e-3)


def test_errors_and_followed_images_are_those_of_the_epochs(trained, small):
    source = trained[1]
    known = dict(zip(source.epochs, source.test_errors, strict=True))
    assert small.test_errors == [known[epoch] for epoch in small.epochs]
    for epoch in small.epochs:
        np.testing.assert_array_equal(small.shown(epoch), source.shown(epoch))


def test_a_small_decoder_draws_what_the_epochs_own_draws(trained, small):
    source = trained[1]
    for epoch in small.epochs[:-1]:
        codes = source.codes(epoch)
        expected = drawn(source.decoder(epoch), codes)
        found = drawn(small.decoder(epoch), codes)
        assert rms(found, expected) < 6 / 255
        assert rms(found, expected) < 0.35 * rms(expected, expected.mean(0)) or epoch == 0


def test_the_error_that_is_stated_is_the_error_at_codes_it_has_not_seen(trained, small):
    source = trained[1]
    for epoch in small.epochs[:-1]:
        codes = source.codes(epoch)
        codes = codes[np.arange(len(codes)) % distillation.HELD_OUT == distillation.HELD_OUT // 2]
        expected = drawn(source.decoder(epoch), codes)
        found = drawn(small.decoder(epoch), codes)
        assert small.decoder_error(epoch) == pytest.approx(rms(found, expected), rel=1e-3)


def test_the_last_decoder_is_the_runs_own(small):
    assert small.decoder_error(6) is None
    assert small.decoder(6).layers == small.run.manifest["layers"]
    for name, array in small.decoder(6).tensors.items():
        np.testing.assert_array_equal(array, small.run.weights[name])


def test_a_small_decoder_is_a_fraction_of_the_size(trained, small):
    assert small.bytes < 0.4 * trained[1].bytes


def test_training_the_small_decoders_lowers_their_error(trained, monkeypatch):
    monkeypatch.setattr(distillation, "WIDTHS", ((16, 16),))
    errors = []
    for steps in (1, 300):
        arrays = distillation.compact(trained[1], epochs=3, steps=steps)
        about = json.loads(arrays["about"].tobytes())
        errors.append([frame["decoder_error"] for frame in about["frames"][1:-1]])
    assert np.mean(errors[1]) < 0.8 * np.mean(errors[0])


def test_the_same_seed_gives_the_same_bytes(trained):
    first, second = (distillation.compact(trained[1], epochs=3, steps=5) for _ in range(2))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_errors_that_are_not_known_are_measured_where_the_images_are(trained):
    source = trained[1]
    known = dict(zip(source.epochs, source.test_errors, strict=True))
    unsaid = Rewind(source.run, source.path)
    unsaid._frames = {epoch: frame | {"error": None} for epoch, frame in source._frames.items()}
    truth = datasets.load_images("digits", "test").pixels

    def errors(given):
        about = json.loads(distillation.compact(unsaid, given, epochs=3, steps=1)["about"].tobytes())
        return {frame["epoch"]: frame["error"] for frame in about["frames"]}

    found = errors(truth)
    assert found == pytest.approx({epoch: known[epoch] for epoch in found}, rel=1e-3)
    assert set(errors(None).values()) == {None}


def test_a_decoder_that_is_no_row_of_linear_layers_is_refused(trained, small):
    with pytest.raises(BadValue, match="linear layers with relu between them"):
        distillation.compact(small)
    with pytest.raises(BadValue, match="at least 2"):
        distillation.compact(trained[1], epochs=1)


# The command


@pytest.fixture
def bare(trained, tmp_path):
    """The same run in another store, without its epochs."""
    run = trained[1].run
    about = {name: run.manifest[name] for name in ABOUT}
    return RunStore(tmp_path / "bare").write(FinishedRun(run.config, run.weights, run.arrays, [], {}, about))


def test_the_command_keeps_a_compact_rewind_and_shows_it(trained, bare, monkeypatch, capsys):
    store = trained[0]
    monkeypatch.setattr(
        distillation.compact, "__kwdefaults__", distillation.compact.__kwdefaults__ | {"steps": 5}
    )
    assert replay.open_rewind(bare) is None
    command.rewind(bare.run_id, compact=True, source=store.root, store=bare.path.parent, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert [epoch["epoch"] for epoch in shown["epochs"]] == list(range(EPOCHS + 1))
    assert shown["bytes"] == replay.open_rewind(bare).bytes
    command.rewind(bare.run_id, compact=False, source=None, store=bare.path.parent, as_json=False)
    assert "nothing: its own" in capsys.readouterr().out


def test_the_command_takes_no_rewind_of_other_weights(trained, tmp_path):
    store, source = trained
    run = source.run
    about = {name: run.manifest[name] for name in ABOUT}
    weights = {name: array + 1 for name, array in run.weights.items()}
    other = RunStore(tmp_path / "other").write(FinishedRun(run.config, weights, run.arrays, [], {}, about))
    with pytest.raises(BadValue, match="the same weights"):
        command.rewind(other.run_id, compact=True, source=store.root, store=other.path.parent)
    with pytest.raises(BadValue, match="has its epochs kept"):
        command.rewind(other.run_id, compact=True, source=None, store=other.path.parent)
    with pytest.raises(BadValue, match="a run whose epochs were kept"):
        command.rewind(other.run_id, compact=False, source=None, store=other.path.parent)


def test_the_command_keeps_nothing_where_everything_is_only_shown(trained, bare, monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    with pytest.raises(ReadOnly):
        command.rewind(bare.run_id, compact=True, source=trained[0].root, store=bare.path.parent)
    assert replay.open_rewind(bare) is None


# What is shipped


@every_shipped
def test_a_shipped_rewind_has_twelve_epochs_and_2000_codes_and_those_it_follows_in_little_space(run_id):
    found = replay.open_rewind(SHIPPED.open(run_id))
    assert (len(found.epochs), found.epochs[0], found.epochs[-1]) == (12, 0, 100)
    assert found.bytes <= 0.65e6
    assert set(found.rows.tolist()) == {*range(0, 10_000, 5), *found.images}
    assert all(found.codes(epoch).shape == (len(found.rows), 2) for epoch in found.epochs)
    assert all(found.shown(epoch).shape == (8, 28, 28, 1) for epoch in found.epochs)


@every_shipped
def test_a_shipped_decoder_is_off_by_five_of_255_at_most_and_says_by_how_much(run_id):
    found = replay.open_rewind(SHIPPED.open(run_id))
    assert found.decoder_error(100) is None
    assert all(0 < found.decoder_error(epoch) <= 5 / 255 for epoch in found.epochs[:-1])


@every_shipped
def test_the_last_epoch_of_a_shipped_rewind_is_the_run(run_id):
    run = Run(SHIPPED.open(run_id))
    found = replay.open_rewind(run.stored)
    np.testing.assert_array_equal(found.codes(100), run.codes[found.rows])
    reconstructions = run.decode(run.codes[found.images])
    assert np.abs(found.shown(100) / 255 - reconstructions).max() <= 1.5 / 255  # weights are float16
    expected = drawn(found.decoder(100), run.codes[found.images])
    np.testing.assert_allclose(expected, reconstructions, atol=1e-4)
    assert found.test_errors[-1] == pytest.approx(run.metrics["mse"], rel=1e-3)


@every_shipped
def test_what_a_shipped_decoder_draws_of_the_followed_images_is_what_was_drawn(run_id):
    found = replay.open_rewind(SHIPPED.open(run_id))
    places = {row: place for place, row in enumerate(found.rows.tolist())}
    followed = [(at, places[row]) for at, row in enumerate(found.images)]
    at, among = map(list, zip(*followed, strict=True))
    for epoch in found.epochs[1:]:
        images = drawn(found.decoder(epoch), found.codes(epoch)[among])
        assert rms(images, found.shown(epoch)[at] / 255) <= 8 / 255


@every_shipped
def test_early_epochs_reconstruct_worse_than_late_ones(run_id):
    """Measured anew from the shipped codes, decoders and test images."""
    truth = datasets.load_images("mnist", "test").pixels
    found = replay.open_rewind(SHIPPED.open(run_id))
    assert found.test_errors == sorted(found.test_errors, reverse=True)
    truth = truth[found.rows] / 255
    errors = [float(np.square(drawn(found.decoder(e), found.codes(e)) - truth).mean()) for e in found.epochs]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 5 * errors[-1]
    np.testing.assert_allclose(errors, found.test_errors, rtol=0.05)


def test_a_shipped_run_weighs_two_and_a_half_megabytes_those_of_digits_and_clothes_64_and_all_96():
    folders = [run.path for run in SHIPPED.listing().runs]
    sizes = [sum(path.stat().st_size for path in folder.iterdir()) for folder in folders]
    shipped = [path for path in (ROOT / "pretrained").rglob("*") if path.is_file()]
    images = [path for path in (ROOT / "aecore/datasets/shipped").rglob("*") if path.is_file()]
    others = [
        path for path in shipped if path.name.startswith("judge-") or "sprites" in str(path.relative_to(ROOT))
    ]
    assert max(sizes) <= 2.5e6
    assert sum(path.stat().st_size for path in set(shipped) - set(others)) <= 64e6
    assert sum(path.stat().st_size for path in [*shipped, *images]) <= 96e6


def test_classes_errors_and_spreads_of_shipped_runs_are_stored_narrow():
    for run in SHIPPED.listing().runs:
        with safetensors.safe_open(run.path / "codes.safetensors", framework="numpy") as file:
            kinds = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
        assert (kinds["labels"], kinds.get("conditions", "U8")) == ("U8", "U8")
        assert (kinds["errors"], kinds.get("log_var", "F16")) == ("F16", "F16")
        assert run.arrays["labels"].dtype == np.int16


def test_torch_is_as_it_was_after_a_compaction(trained):
    state = torch.random.get_rng_state()
    distillation.compact(trained[1], epochs=3, steps=2)
    assert torch.equal(state, torch.random.get_rng_state())
