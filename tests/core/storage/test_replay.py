"""Rewinds: frames come back, epochs are thinned as promised, budgets hold, damage is named."""

import dataclasses
import functools
import itertools
import json
import math

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from aecore.decoder import Decoder, tensor_names
from aecore.errors import RunDamaged, RunTooNew, StoreNotWritable
from aecore.models import variants
from aecore.storage import cache, replay
from aecore.storage.replay import (
    KIND,
    MAX_BYTES,
    MOST_FRAMES,
    SETTINGS,
    Frame,
    Rewind,
)
from aecore.storage.run import FinishedRun
from aecore.storage.snapshots import nearest_epochs
from aecore.storage.store import ABOUT, RunStore
from aecore.storage.tensors import dequantised, quantised
from tests.conftest import ROOT

LAYERS = [
    {"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"},
    {"type": "relu"},
    {"type": "linear", "weight": "decoder.2.weight"},
    {"type": "unflatten", "shape": [1, 8, 8]},
    {"type": "sigmoid"},
]
epochs_and_most = st.tuples(st.integers(0, 3000), st.integers(2, 60))


def frame(epoch: int, count: int = 20, dimensions: int = 2, units: int = 8) -> Frame:
    """A frame of digits, its numbers from its epoch."""
    random = np.random.default_rng(epoch)
    tensors = {
        "decoder.0.weight": random.standard_normal((units, dimensions)).astype(np.float32),
        "decoder.0.bias": random.standard_normal(units).astype(np.float32),
        "decoder.2.weight": random.standard_normal((64, units)).astype(np.float32),
        "encoder.0.weight": np.zeros((3, 3), np.float32),
    }
    codes = random.standard_normal((count, dimensions)).astype(np.float32)
    shown = random.integers(0, 256, (8, 8, 8, 1), dtype=np.uint8)
    return Frame(epoch, codes, Decoder(LAYERS, tensors), shown, error=0.1 / (1 + epoch))


def kept(folder, frames):
    """Frames as files, in the order given."""
    paths = [folder / "run" / "frames" / f"{one.epoch:06d}.safetensors" for one in frames]
    if not (folder / "run").exists():
        (folder / "run").mkdir()  # the job's own folder is never made anew
    for path, one in zip(paths, frames, strict=True):
        replay.write_frame(path, one)
    return paths


@pytest.fixture
def with_rewind(tmp_path, finished_run):
    """Store a small run with the rewind of some frames, or any bytes in its place, or none."""
    run = finished_run("ae").stored

    def write(frames):
        content = replay.packed(frames) if isinstance(frames, list) else frames
        about = {name: run.manifest[name] for name in ABOUT}
        arrays = (run.weights, run.arrays, run.history, run.metrics, about)
        return RunStore(tmp_path / "with").write(FinishedRun(run.config, *arrays, rewind=content))

    return write


@pytest.fixture
def full(finished_run):
    """Three frames with a code for every test image of the small run."""
    count = len(finished_run("ae").stored.arrays["codes"])
    return [frame(epoch, count) for epoch in (0, 1, 2)]


# Which epochs


@given(epochs_and_most)
def test_kept_epochs_rise_from_the_untrained_model_to_the_last_and_are_no_more_than_asked(numbers):
    epochs, most = numbers
    found = replay.kept_epochs(epochs, most)
    assert (found[0], found[-1]) == (0, epochs)
    assert all(a < b for a, b in itertools.pairwise(found))
    assert len(found) == min(most, epochs + 1)


@given(epochs_and_most)
def test_kept_epochs_lie_closer_together_at_the_start(numbers):
    gaps = np.diff(replay.kept_epochs(*numbers))
    assert all(later >= 0.5 * earlier for earlier, later in itertools.pairwise(gaps))  # but for rounding
    half = len(gaps) // 2
    assert gaps[:half].sum() <= gaps[len(gaps) - half :].sum()


def test_the_twelve_epochs_of_a_hundred():
    assert replay.kept_epochs(100, 12) == [0, 1, 2, 3, 5, 8, 12, 18, 28, 43, 66, 100]


@given(st.sets(st.integers(0, 500), min_size=1), st.integers(1, 60))
def test_fewer_epochs_are_some_of_those_there_are_with_the_last(there, most):
    found = nearest_epochs(there, most)
    assert set(found) <= there
    assert found == sorted(set(found))
    assert found[-1] == max(there)
    assert len(found) <= most


# Which images


@given(st.lists(st.integers(0, 12), max_size=60))
def test_the_images_that_are_followed_are_eight_of_as_many_classes_as_there_are(labels):
    labels = np.array(labels, np.int16)
    found = replay.shown_images(labels, len(labels))
    assert len(found) == len(set(found)) == min(8, len(labels))
    assert len(set(labels[found])) == min(8, len(set(labels.tolist())))


def test_each_followed_image_is_the_first_of_its_class():
    assert replay.shown_images(np.array([3, 1, 1, 0, 2, 3, 4, 5, 6, 7, 8]), 11) == [3, 1, 4, 0, 6, 7, 8, 9]


def test_without_labels_the_first_images_are_followed():
    assert replay.shown_images(None, 20) == list(range(8))
    assert replay.shown_images(None, 5) == list(range(5))


def test_of_few_classes_the_second_images_are_followed_too():
    assert replay.shown_images(np.array([1, 0, 1, 0, 1]), 5) == [1, 0, 3, 2, 4]


# One frame


@pytest.mark.parametrize("dimensions", [1, 2, 8])
def test_a_frame_comes_back(tmp_path, dimensions):
    written = frame(7, dimensions=dimensions)
    found = replay.read_frame(kept(tmp_path, [written])[0])
    assert (found.epoch, found.error, found.rows) == (7, written.error, None)
    np.testing.assert_array_equal(found.codes, written.codes)
    np.testing.assert_array_equal(found.shown, written.shown)
    assert found.decoder.layers == LAYERS
    assert set(found.decoder.tensors) == set(tensor_names(LAYERS))
    for name, array in found.decoder.tensors.items():
        np.testing.assert_array_equal(array, written.decoder.tensors[name])


def test_long_codes_come_back_in_three_digits_and_as_float32(tmp_path):
    written = frame(1, dimensions=9)
    path = kept(tmp_path, [written])[0]
    assert safetensors.numpy.load_file(path)["codes"].dtype == np.float16
    found = replay.read_frame(path).codes
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, written.codes, rtol=1e-3)


def test_rows_and_an_unknown_error_come_back(tmp_path):
    rows = np.arange(0, 40, 2)
    found = replay.read_frame(kept(tmp_path, [dataclasses.replace(frame(1), rows=rows, error=None)])[0])
    np.testing.assert_array_equal(found.rows, rows)
    assert found.error is None


@pytest.mark.parametrize(
    ("units", "largest", "expected"),
    [(64, 1, np.float32), (65, 1, np.float16), (65, 1e5, np.float32), (65, np.nan, np.float32)],
)
def test_large_tensors_are_halved_where_float16_reaches_their_numbers(tmp_path, units, largest, expected):
    written = frame(1, units=units)
    written.decoder.tensors["decoder.2.weight"][0, 0] = largest
    found = replay.read_frame(kept(tmp_path, [written])[0]).decoder.tensors
    assert found["decoder.2.weight"].dtype == expected
    assert found["decoder.0.bias"].dtype == np.float32


def test_a_number_of_numpy_is_an_error_like_any_other(tmp_path):
    written = dataclasses.replace(frame(1), error=np.float32(0.25))
    assert replay.read_frame(kept(tmp_path, [written])[0]).error == 0.25


def test_a_frame_that_is_written_again_takes_the_place_of_the_old_and_leaves_nothing_else(tmp_path):
    path = kept(tmp_path, [frame(3)])[0]
    replay.write_frame(path, dataclasses.replace(frame(3), error=0.5))
    assert replay.read_frame(path).error == 0.5
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_frame_that_cannot_be_written_says_where(tmp_path):
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.raises(StoreNotWritable, match="frames"):
        kept(tmp_path, [frame(3)])


def test_a_frame_cut_anywhere_is_damaged(tmp_path):
    path = kept(tmp_path, [frame(3)])[0]
    content = path.read_bytes()
    for length in [0, 4, 8, 60, len(content) // 2, len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(RunDamaged, match=r"run .*frames/000003\.safetensors"):
            replay.read_frame(path)


@pytest.mark.parametrize("part", ["about", "codes", "shown", "decoder/decoder.2.weight"])
def test_a_frame_that_lacks_a_part_is_damaged(tmp_path, part):
    path = kept(tmp_path, [frame(3)])[0]
    arrays = safetensors.numpy.load_file(path)
    del arrays[part]
    safetensors.numpy.save_file(arrays, path)
    with pytest.raises(RunDamaged, match="does not make sense"):
        replay.read_frame(path)


def test_a_frame_that_is_not_there_is_damaged(tmp_path):
    with pytest.raises(RunDamaged, match="cannot be read"):
        replay.read_frame(tmp_path / "run" / "frames" / "000001.safetensors")


def test_a_frame_of_a_later_version_is_not_read(tmp_path):
    path = kept(tmp_path, [frame(3)])[0]
    arrays = safetensors.numpy.load_file(path)
    about = json.loads(arrays["about"].tobytes()) | {"format": 2}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    safetensors.numpy.save_file(arrays, path)
    with pytest.raises(RunTooNew):
        replay.read_frame(path)


def said(arrays, **changes):
    """Change what a frame says of itself."""
    about = json.loads(arrays["about"].tobytes()) | changes
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: said(arrays, epoch=math.inf),
        lambda arrays: said(arrays, epoch=10**9),
        lambda arrays: said(arrays, error=10**400),
        lambda arrays: said(arrays, error=math.nan),
        lambda arrays: said(arrays, format=math.inf),
        lambda arrays: said(arrays, layers=[{"type": "condition"}]),
        lambda arrays: said(arrays, layers=[{"type": "unflatten", "shape": [10**9]}]),
        lambda arrays: said(arrays, layers=[]),
        lambda arrays: arrays.update(about=np.frombuffer(b"[" * 10**5, np.uint8)),
        lambda arrays: arrays.update(rows=np.zeros(20, np.float32)),
        lambda arrays: arrays.update(rows=np.full(20, -1, np.int32)),
        lambda arrays: arrays.update(rows=np.zeros(5, np.int32)),
        lambda arrays: arrays.update(codes=np.zeros((0, 0), np.float32)),
        lambda arrays: arrays.update(codes=np.zeros((20, 3), np.float32)),
        lambda arrays: arrays.update(shown=np.zeros((1, 2, 3, 1), np.uint8)),
        lambda arrays: arrays.update(shown=np.zeros((0, 8, 8, 1), np.uint8)),
        lambda arrays: arrays.update({"decoder/decoder.0.bias": np.zeros(8, np.int64)}),
    ],
)
def test_a_frame_that_contradicts_itself_is_damaged(tmp_path, change):
    path = kept(tmp_path, [frame(3)])[0]
    arrays = safetensors.numpy.load_file(path)
    change(arrays)
    safetensors.numpy.save_file(arrays, path)
    with pytest.raises(RunDamaged, match="does not make sense"):
        replay.read_frame(path)


@pytest.mark.parametrize(
    "changes",
    [
        {},  # as many codes as there are test images, not 20
        {"rows": np.full(20, 599, np.int32)},
        {"rows": np.arange(20, dtype=np.int32), "epoch": 11},
    ],
)
def test_a_frame_of_another_training_is_damaged(tmp_path, changes):
    config = variants.configure("ae", "digits", epochs=10)
    rows = np.arange(20, dtype=np.int32)
    good = dataclasses.replace(frame(3), rows=rows)
    assert replay.read_frame(kept(tmp_path, [good])[0], config).rows.tolist() == rows.tolist()
    with pytest.raises(RunDamaged, match="does not make sense"):
        replay.read_frame(kept(tmp_path, [dataclasses.replace(frame(3), **changes)])[0], config)


# All frames of a run


def test_a_rewind_gives_back_every_frame_whatever_their_order(tmp_path, with_rewind, full):
    run = with_rewind(replay.assemble(kept(tmp_path, [full[2], full[0], full[1]])))
    found = replay.open_rewind(run)
    assert found.epochs == [0, 1, 2]
    assert found.test_errors == [one.error for one in full]
    assert found.images == replay.shown_images(run.labels, run.test_images)
    assert found.rows is None
    assert found.bytes == (run.path / "rewind.safetensors").stat().st_size
    for one in full:
        np.testing.assert_array_equal(found.codes(one.epoch), one.codes)
        np.testing.assert_array_equal(found.shown(one.epoch), one.shown)
        assert (found.decoder(one.epoch).layers, found.decoder_error(one.epoch)) == (LAYERS, None)
        decoder = found.decoder(one.epoch).tensors
        assert set(decoder) == set(tensor_names(LAYERS))
        for name, array in decoder.items():
            np.testing.assert_array_equal(array, one.decoder.tensors[name])


def test_layers_that_change_on_the_way_are_those_of_each_epoch(with_rewind, full):
    other = [*LAYERS[:-1], {"type": "clamp", "low": 0, "high": 1}]
    changed = dataclasses.replace(full[1], decoder=Decoder(other, full[1].decoder.tensors))
    found = replay.open_rewind(with_rewind([full[0], changed, full[2]]))
    assert [found.decoder(epoch).layers[-1]["type"] for epoch in (0, 1, 2)] == ["sigmoid", "clamp", "sigmoid"]


@given(st.dictionaries(st.integers(0, 200), st.integers(1, 1000), min_size=1), st.integers(1, 50_000))
def test_thinning_stays_in_the_budget_and_keeps_the_last_epoch(sizes, budget):
    found = replay._thinned(sizes, budget)
    assert found[-1] == max(sizes)
    assert sum(sizes[epoch] for epoch in found) <= budget or len(found) == 1
    if sum(sizes.values()) <= budget:
        assert found == sorted(sizes)


def test_a_rewind_is_no_larger_than_its_budget_and_uses_most_of_it(tmp_path):
    paths = kept(tmp_path, [frame(epoch, count=3000) for epoch in replay.kept_epochs(100, 20)])
    budget = 10 * paths[0].stat().st_size
    content = replay.assemble(paths, budget)
    assert 0.7 * budget < len(content) <= budget


def test_a_run_stays_under_30_megabytes_at_the_widths_of_the_shipped_ones():
    run = RunStore(ROOT / "pretrained").open("mnist-ae-z2")
    frame_bytes = sum(array.nbytes for array in run.decoder.tensors.values()) + 10_000 * 2 * 4 + 8 * 28 * 28
    other = sum(path.stat().st_size for path in run.path.iterdir())
    chosen = replay._thinned(dict.fromkeys(replay.kept_epochs(100, MOST_FRAMES), frame_bytes), MAX_BYTES)
    assert len(chosen) >= 16
    assert len(chosen) * frame_bytes + other < 30e6


def test_a_damaged_frame_is_left_out_and_the_rest_kept(tmp_path, with_rewind, full):
    paths = kept(tmp_path, full)
    paths[1].write_bytes(b"cut")
    assert replay.open_rewind(with_rewind(replay.assemble(paths))).epochs == [0, 2]


def test_frames_that_are_all_damaged_are_no_rewind(tmp_path, full):
    paths = kept(tmp_path, full[:1])
    paths[0].write_bytes(b"cut")
    with pytest.raises(RunDamaged):
        replay.assemble(paths)


# Opening


def test_a_run_without_one_has_no_rewind(with_rewind):
    assert replay.open_rewind(with_rewind(None)) is None


@pytest.mark.parametrize("length", [0, 8, 200, -1])
def test_a_rewind_that_is_cut_after_it_was_stored_is_damaged(with_rewind, full, length):
    run = with_rewind(full)
    path = run.path / "rewind.safetensors"
    found = replay.open_rewind(run)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(RunDamaged, match=r"rewind\.safetensors"):
        found.codes(1)
    with pytest.raises(RunDamaged, match=r"rewind\.safetensors"):
        replay.open_rewind(RunStore(run.path.parent).open(run.run_id))


def test_one_altered_byte_is_found(with_rewind, full):
    run = with_rewind(full)
    path = run.path / "rewind.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunDamaged, match="not what was written"):
        replay.open_rewind(RunStore(run.path.parent).open(run.run_id))


def altered(frames, change):
    """The bytes of a rewind with its arrays and its description changed by a function."""
    arrays = safetensors.numpy.load(replay.packed(frames))
    about = json.loads(arrays["about"].tobytes())
    change(arrays, about)
    if "about" in arrays:
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return safetensors.numpy.save(arrays)


def in_eight_bits(shape, scale, kind, arrays, about):
    """A weight of eight bits of one shape, and its scale of another."""
    arrays["000001/decoder/decoder.2.weight"] = np.zeros(shape, np.int8)
    if scale is not None:
        arrays["000001/scale/decoder.2.weight"] = np.zeros(scale, kind)


WRONG_SCALES = [
    ((1, 15_000, 1), (1, 15_000), np.float16),
    ((2, 3, 4), (2, 3), np.float16),
    ((3,), (), np.float16),
    ((64, 8), (8,), np.float16),
    ((64, 8), (64, 1), np.float16),
    ((64, 8), (64,), np.float32),
    ((64, 8), None, np.float16),
]


def test_a_weight_of_eight_bits_is_a_row_times_its_scale(with_rewind, full):
    right = functools.partial(in_eight_bits, (64, 8), (64,), np.float16)
    found = replay.open_rewind(with_rewind(altered(full, right)))
    assert found.decoder(1).tensors["decoder.2.weight"].shape == (64, 8)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda arrays, about: arrays.pop("about"), "cannot be read"),
        (lambda arrays, about: arrays.pop("000001/codes"), "000001/codes"),
        (lambda arrays, about: arrays.pop("000001/shown"), "000001/shown"),
        (lambda arrays, about: arrays.pop("000002/decoder/decoder.0.bias"), "decoder.0.bias"),
        (lambda arrays, about: arrays.update({"000001/codes": np.zeros((3, 2), np.float32)}), "000001/codes"),
        (lambda arrays, about: arrays.update({"000001/shown": np.zeros((8, 9, 9, 1), np.uint8)}), "shown"),
        (lambda arrays, about: about["frames"].clear(), "every epoch"),
        (lambda arrays, about: about["frames"][0].pop("layers"), "does not make sense"),
        (lambda arrays, about: about["frames"][0].update(layers=7), "does not make sense"),
        (lambda arrays, about: about["frames"][0].update(error="much"), "does not make sense"),
        (lambda arrays, about: about.update(frames=3), "does not make sense"),
        (lambda arrays, about: about.pop("format"), "does not make sense"),
        (lambda arrays, about: about.update(format=0), "its format is 0"),
        (lambda arrays, about: about.update(format=math.inf), "does not make sense"),
        (lambda arrays, about: about["frames"][0].update(epoch=math.inf), "there is no epoch inf"),
        (lambda arrays, about: about["frames"][0].update(epoch=10**400), "there is no epoch 1000"),
        (lambda arrays, about: about["frames"][0].update(epoch=-1), "there is no epoch -1"),
        (lambda arrays, about: about["frames"][0].update(error=10**400), "an error is not all numbers"),
        (lambda arrays, about: about["frames"][0].update(error=math.nan), "an error is not all numbers"),
        (lambda arrays, about: about["frames"][0].update(decoder_error=-1), "an error is not all numbers"),
        (lambda arrays, about: about["frames"][0].update(layers=math.inf), "has no layers"),
        (lambda arrays, about: about["frames"][0].update(layers=-1), "has no layers"),
        (
            lambda arrays, about: about["layers"][0].insert(0, {"type": "condition"}),
            "condition, does not fit",
        ),
        (lambda arrays, about: about["layers"][0].pop(3), "of epoch 0, its decoder gives the shape"),
        (lambda arrays, about: arrays.update(rows=np.zeros((), np.int32)), "does not make sense"),
        (lambda arrays, about: arrays.update({"000001/codes": np.zeros((60, 2), np.int32)}), "000001/codes"),
        *((functools.partial(in_eight_bits, *shapes), "000001/decoder.2.weight") for shapes in WRONG_SCALES),
    ],
)
def test_a_rewind_that_lacks_or_garbles_something_is_damaged(with_rewind, full, change, said):
    with pytest.raises(RunDamaged, match=said):
        replay.open_rewind(with_rewind(altered(full, change)))


def test_a_rewind_of_a_later_version_is_not_opened(with_rewind, full):
    content = altered(full, lambda arrays, about: about.update(format=2))
    with pytest.raises(RunTooNew):
        replay.open_rewind(with_rewind(content))


def test_rows_beyond_the_test_split_are_damage(with_rewind, full):
    rows = np.full(len(full[0].codes), 10**6)
    found = replay.open_rewind(with_rewind([dataclasses.replace(one, rows=rows) for one in full]))
    with pytest.raises(RunDamaged, match="test images that there are not"):
        _ = found.rows


def test_what_an_epoch_lacks_is_shared_or_the_runs_own(with_rewind, full):
    def change(arrays, about):
        arrays["shared/decoder/decoder.0.bias"] = arrays.pop("000001/decoder/decoder.0.bias")
        about["frames"][2]["layers"] = None
        for name in ("codes", *(f"decoder/{tensor}" for tensor in tensor_names(LAYERS))):
            arrays.pop(f"000002/{name}")

    run = with_rewind(altered(full, change))
    found = replay.open_rewind(run)
    np.testing.assert_array_equal(
        found.decoder(1).tensors["decoder.0.bias"], full[1].decoder.tensors["decoder.0.bias"]
    )
    np.testing.assert_array_equal(found.codes(2), run.arrays["codes"])
    assert [found.has_decoder(epoch) for epoch in found.epochs] == [True, True, False]
    assert found.decoder(2).layers == run.manifest["layers"]
    for name, array in found.decoder(2).tensors.items():
        np.testing.assert_array_equal(array, run.weights[name])


def test_a_compact_rewind_beside_the_run_is_found_and_its_own_goes_first(with_rewind, full):
    run = with_rewind(full)
    arrays = safetensors.numpy.load(replay.packed(full[1:]))
    path = cache.write(run, KIND, SETTINGS, arrays, RunStore(run.path.parent))
    assert replay.open_rewind(run).epochs == [0, 1, 2]
    assert Rewind(run, path).epochs == [1, 2]


def test_a_compact_rewind_that_is_cut_is_damaged(tmp_path, monkeypatch, with_rewind, full):
    run = with_rewind(None)
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "own"))
    path = cache.write(run, KIND, SETTINGS, safetensors.numpy.load(replay.packed(full)))
    assert replay.open_rewind(run).epochs == [0, 1, 2]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunDamaged, match="rewind-"):
        replay.open_rewind(run)


# Eight bits


@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_rounding_to_eight_bits_is_off_by_half_a_step_at_most(seed, size):
    matrix = (size * np.random.default_rng(seed).standard_normal((5, 40))).astype(np.float32)
    step = np.abs(matrix).max(1, keepdims=True) / 127
    found = dequantised(*quantised(matrix)).astype(np.float32)
    assert np.all(np.abs(found - matrix) <= step * 0.6 + 1e-6)


def test_a_row_of_nothing_stays_nothing():
    assert not dequantised(*quantised(np.zeros((2, 3), np.float32))).any()
