"""Checkpoints: a training that goes on from one ends as if it had never been interrupted, to the bit."""

import dataclasses
import errno
import json
import os
import pickle
import random
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import pytest
import safetensors
import torch

from aecore.config import RunConfig
from aecore.models import build, variants
from aecore.models.base import Batch
from aecore.training import checkpoints
from aecore.training.checkpoints import Checkpoint
from aecore.training.loop import Epoch, State, Training
from tests.conftest import is_trained, quick
from tests.core.models.small_models import DIGITS, stored_digits

STAGED = 10
"""Epochs in which a stacked autoencoder comes through all of its stages: 1, 1, 1, 3 and 4."""
every_variant = pytest.mark.parametrize("variant", variants.names())


def configured(variant: str, **settings: Any) -> RunConfig:
    epochs = STAGED if variant == "stacked" else 4
    return variants.configure(variant, "digits", **quick(variant, epochs) | {"batch_size": 64} | settings)


@cache
def split(name: str) -> Batch:
    """Few enough digits for many short trainings; the last batch is a small one."""
    return Batch(*(part[:300] for part in stored_digits(name)))


def begun(config: RunConfig) -> Training:
    """A training whose first epoch comes next."""
    return Training(build.build_model(config, DIGITS), config, split("train"), split("test"))


def taken(under_way: Training) -> State:
    """A state that stays as it is while the training goes on."""
    state = under_way.state()
    tensors = {name: tensor.clone() for name, tensor in state.tensors.items()}
    return State(state.number, tensors, json.loads(json.dumps(state.schedules)))


class Uninterrupted(NamedTuple):
    """A whole training: its records without their seconds, and its state after each epoch, from 0."""

    records: list[Epoch]
    states: list[State]


def timeless(epoch: Epoch) -> Epoch:
    return dataclasses.replace(epoch, seconds=0.0)


@cache
def uninterrupted(config: RunConfig) -> Uninterrupted:
    """Train a config from its beginning to its end, once for all tests; to be read only."""
    under_way = begun(config)
    whole = Uninterrupted([], [taken(under_way)])
    while not under_way.is_over:
        whole.records.append(timeless(under_way.epoch()))
        whole.states.append(taken(under_way))
    return whole


def same(one: State, other: State) -> bool:
    """Whether two states are equal in every bit, and in their names."""
    same_names = one.tensors.keys() == other.tensors.keys()
    pairs = [(tensor, other.tensors[name]) for name, tensor in one.tensors.items()] if same_names else []
    same_tensors = all(a.dtype == b.dtype and a.equal(b) for a, b in pairs)
    return (one.number, one.schedules) == (other.number, other.schedules) and same_names and same_tensors


def same_weights(one: State, other: State) -> bool:
    names = [name for name in one.tensors if name.startswith("model/")]
    return all(one.tensors[name].equal(other.tensors[name]) for name in names)


def resumed(config: RunConfig, state: State, path) -> tuple[list[Epoch], State]:
    """What becomes of a state that is written, read into a fresh model, and trained to the end."""
    checkpoints.write(path, Checkpoint(state, 1.5, torch.get_num_threads()))
    under_way = begun(config)
    under_way.restore(checkpoints.read(path).state)
    records = []
    while not under_way.is_over:
        records.append(timeless(under_way.epoch()))
    return records, taken(under_way)


# As if nothing had happened


@every_variant
def test_a_training_resumed_after_any_epoch_ends_as_one_that_was_never_interrupted(tmp_path, variant):
    config = configured(variant)
    whole = uninterrupted(config)
    for number in range(1, len(whole.records)):
        records, state = resumed(config, whole.states[number], tmp_path / "checkpoint")
        assert records == whole.records[number:]
        assert same(state, whole.states[-1])
    records, state = resumed(config, whole.states[-1], tmp_path / "checkpoint")
    assert records == []
    assert same_weights(state, whole.states[-1])


@every_variant
def test_a_training_interrupted_after_every_epoch_ends_so_too(tmp_path, variant):
    config, path = configured(variant), tmp_path / "checkpoint"
    under_way = begun(config)
    while not under_way.is_over:
        under_way.epoch()
        checkpoints.write(path, Checkpoint(under_way.state(), 0.0, 1))
        under_way = begun(config)
        under_way.restore(checkpoints.read(path).state)
    assert same_weights(taken(under_way), uninterrupted(config).states[-1])


@pytest.mark.parametrize("variant", [name for name in variants.names() if is_trained(name)])
def test_an_epoch_given_up_half_way_leaves_no_trace_once_the_state_before_it_is_put_back(variant):
    config = configured(variant)
    whole = uninterrupted(config)

    def give_up(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    under_way = begun(config)
    under_way.epoch()
    state = taken(under_way)
    with pytest.raises(KeyboardInterrupt):
        under_way.epoch(give_up)
    assert not same_weights(taken(under_way), state)
    under_way.restore(state)
    assert timeless(under_way.epoch()) == whole.records[1]
    assert same(taken(under_way), whole.states[2])


@every_variant
def test_a_training_that_is_stopped_early_is_the_beginning_of_the_longer_one(variant):
    config = configured(variant)
    whole = uninterrupted(config)
    for number in range(1, config.epochs):
        stopped = uninterrupted(dataclasses.replace(config, stop_after=number))
        assert stopped.records == whole.records[:number]
        assert same(stopped.states[-1], whole.states[number])


def test_the_stages_of_a_stacked_autoencoder_are_all_crossed():
    stages = [record.stage for record in uninterrupted(configured("stacked")).records]
    assert len(dict.fromkeys(stages)) == 5
    assert stages[0] != stages[1]


@pytest.mark.parametrize("number", range(1, STAGED + 1))
def test_a_model_put_back_or_built_anew_is_in_the_stage_of_its_last_epoch(number):
    config = configured("stacked")
    whole = uninterrupted(config)
    under_way = begun(config)
    under_way.restore(whole.states[number])
    assert under_way._model.stage == whole.records[number - 1].stage
    stopped = dataclasses.replace(config, stop_after=number % STAGED)
    assert build.build_model(stopped, DIGITS).stage == whole.records[number - 1].stage


def test_seconds_and_threads_are_kept(tmp_path):
    state = uninterrupted(configured("ae")).states[2]
    checkpoints.write(tmp_path / "checkpoint", Checkpoint(state, 12.25, 3))
    kept = checkpoints.read(tmp_path / "checkpoint")
    assert (kept.seconds, kept.threads) == (12.25, 3)
    assert same(kept.state, state)


# Broken on purpose: each of these is needed, or the tests above could not fail


def without_generator(state: State, config: RunConfig) -> State:
    """The generator as it is when a training begins."""
    fresh = uninterrupted(config).states[0].tensors["generator"]
    return dataclasses.replace(state, tensors=state.tensors | {"generator": fresh})


def without_optimisers(state: State, config: RunConfig) -> State:
    tensors = {name: t for name, t in state.tensors.items() if not name.startswith("optimiser/")}
    return dataclasses.replace(state, tensors=tensors)


def zeroed(ending: str, part: str = "") -> Callable[[State, RunConfig], State]:
    """Something of the optimisers as it is when they are new."""

    def leave_out(state: State, config: RunConfig) -> State:
        chosen = [n for n in state.tensors if n.startswith(f"optimiser/{part}") and n.endswith(ending)]
        assert chosen
        zeros = {name: torch.zeros_like(state.tensors[name]) for name in chosen}
        return dataclasses.replace(state, tensors=state.tensors | zeros)

    return leave_out


def without_place(state: State, config: RunConfig) -> State:
    """The schedule at its beginning."""
    new = {"last_epoch": 0, "_step_count": 1}
    schedules = {part: kept | {"schedule": kept["schedule"] | new} for part, kept in state.schedules.items()}
    return dataclasses.replace(state, schedules=schedules)


def without_rates(state: State, config: RunConfig) -> State:
    """The learning rate of the next step as it is of the first."""
    schedules = {
        part: kept | {"groups": [group | {"lr": group["initial_lr"]} for group in kept["groups"]]}
        for part, kept in state.schedules.items()
    }
    return dataclasses.replace(state, schedules=schedules)


OMISSIONS = {
    "the generator": without_generator,
    "the optimisers' state": without_optimisers,
    "the first moments": zeroed("/exp_avg"),
    "the second moments": zeroed("/exp_avg_sq"),
    "the count of steps": zeroed("/step"),
    "the place in the schedule": without_place,
    "the learning rate": without_rates,
}


@pytest.mark.parametrize("omission", OMISSIONS)
@pytest.mark.parametrize("variant", ["ae", "vae", "aae", "stacked"])
def test_what_is_left_out_of_a_checkpoint_changes_the_weights(tmp_path, variant, omission):
    config = configured(variant)
    whole = uninterrupted(config)
    number = 5 if variant == "stacked" else 2  # in the middle of a stage
    broken = OMISSIONS[omission](whole.states[number], config)
    assert not same_weights(resumed(config, broken, tmp_path / "checkpoint")[1], whole.states[-1])
    assert same_weights(resumed(config, whole.states[number], tmp_path / "checkpoint")[1], whole.states[-1])


@pytest.mark.parametrize("part", ["autoencoder", "discriminator"])
def test_each_of_two_optimisers_is_needed(tmp_path, part):
    config = configured("aae")
    whole = uninterrupted(config)
    assert part in whole.states[2].schedules
    broken = zeroed("/exp_avg", part)(whole.states[2], config)
    assert not same_weights(resumed(config, broken, tmp_path / "checkpoint")[1], whole.states[-1])


# Files


@pytest.fixture
def kept(tmp_path):
    """The file of a small checkpoint."""
    checkpoints.write(tmp_path / "checkpoint", Checkpoint(uninterrupted(configured("aae")).states[2], 1.0, 1))
    return tmp_path / "checkpoint"


def sections(content: bytes) -> list[int]:
    """Lengths to cut a safetensors file to: at, inside and just before the end of each of its sections."""
    header = 8 + int.from_bytes(content[:8], "little")
    described = json.loads(content[8:header])
    offsets = [entry["data_offsets"] for name, entry in described.items() if name != "__metadata__"]
    cuts = {0, 1, 4, 8, 9, header // 2, header - 1, header, len(content) - 1}
    cuts |= {header + place for start, end in offsets for place in (start, (start + end) // 2, end - 1)}
    return sorted(cut for cut in cuts if cut < len(content))


def test_a_checkpoint_cut_anywhere_is_none_and_no_error(kept):
    content = kept.read_bytes()
    cuts = sections(content)
    assert len(cuts) > 100
    for length in cuts:
        kept.write_bytes(content[:length])
        assert checkpoints.read(kept) is None
    kept.write_bytes(content)
    assert checkpoints.read(kept)


def rewritten(path, change: Callable[[dict], object]) -> None:
    """Write a checkpoint's description anew."""
    with safetensors.safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["training"])
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  no mapping
    words = json.dumps(change(about))
    metadata = {"training": words, "sha256": checkpoints._digest(words, tensors)}
    path.write_bytes(safetensors.torch.save(tensors, metadata))


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about | {"format": checkpoints.FORMAT + 1},
        lambda about: about | {"number": "2"},
        lambda about: about | {"number": -1},
        lambda about: about | {"number": True},
        lambda about: about | {"seconds": None},
        lambda about: about | {"threads": 0},
        lambda about: about | {"schedules": []},
        lambda about: {name: value for name, value in about.items() if name != "threads"},
        lambda about: [about],
        lambda about: None,
    ],
)
def test_a_checkpoint_whose_description_makes_no_sense_is_none(kept, change):
    rewritten(kept, lambda about: about)
    assert checkpoints.read(kept)
    rewritten(kept, change)
    assert checkpoints.read(kept) is None


def test_a_checkpoint_with_any_bit_flipped_is_none(kept):
    content = kept.read_bytes()
    chance = random.Random(0)
    places = [chance.randrange(8 * len(content)) for _ in range(150)]
    header = 8 + int.from_bytes(content[:8], "little")
    places += [chance.randrange(8 * header) for _ in range(150)]
    for place in places:
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        kept.write_bytes(flipped)
        found = checkpoints.read(kept)
        assert found is None or same(found.state, uninterrupted(configured("aae")).states[2])
    kept.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert checkpoints.read(kept) is None


def test_a_checkpoint_of_the_format_before_is_gone_on_from(kept):
    with safetensors.safe_open(kept, framework="pt") as file:
        about = json.loads(file.metadata()["training"]) | {"format": checkpoints.UNHASHED}
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  no mapping
    kept.write_bytes(safetensors.torch.save(tensors, {"training": json.dumps(about)}))
    assert same(checkpoints.read(kept).state, uninterrupted(configured("aae")).states[2])


def test_where_there_is_no_checkpoint_or_a_folder_there_is_none(tmp_path):
    assert checkpoints.read(tmp_path / "none") is None
    assert checkpoints.read(tmp_path) is None


class Bomb:
    """What a pickle would do if it were opened."""

    def __reduce__(self):
        """Raise what no test expects."""
        return (exec, ("raise SystemExit('unpickled')",))


def test_a_pickle_in_its_place_is_not_opened(kept):
    for content in (pickle.dumps(Bomb()), pickle.dumps(Bomb(), protocol=0)):
        kept.write_bytes(content)
        assert checkpoints.read(kept) is None
    torch.save({"model": torch.zeros(2)}, kept)
    assert checkpoints.read(kept) is None


def test_nothing_is_pickled_either_way(tmp_path, monkeypatch):
    def refuse(*arguments: object, **settings: object) -> None:
        raise AssertionError("pickle was used")

    for module, names in ((pickle, ("dump", "dumps", "load", "loads")), (torch, ("save", "load"))):
        for name in names:
            monkeypatch.setattr(module, name, refuse)
    state = uninterrupted(configured("vae")).states[1]
    checkpoints.write(tmp_path / "checkpoint", Checkpoint(state, 0.0, 1))
    assert same(checkpoints.read(tmp_path / "checkpoint").state, state)


@pytest.mark.parametrize("deed", ["fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_checkpoint_before_it_and_nothing_else(kept, monkeypatch, deed):
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = kept.read_bytes()
    monkeypatch.setattr(os, deed, refuse)
    with pytest.raises(OSError, match="No space left"):
        checkpoints.write(kept, Checkpoint(uninterrupted(configured("vae")).states[1], 0.0, 1))
    assert kept.read_bytes() == before
    assert [path.name for path in kept.parent.iterdir()] == ["checkpoint"]


def test_a_checkpoint_that_was_read_does_not_change_with_its_file(kept):
    first = checkpoints.read(kept)
    weights = {name: tensor.clone() for name, tensor in first.state.tensors.items()}
    checkpoints.write(kept, Checkpoint(uninterrupted(configured("aae")).states[3], 0.0, 1))
    assert all(first.state.tensors[name].equal(weights[name]) for name in weights)
