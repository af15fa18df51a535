"""Training: repeatable, on training images only, and it leaves nothing behind when it is stopped."""

import copy
import dataclasses
import math
import subprocess
import sys
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import nn

from aecore import datasets, jobs, runs
from aecore.config import RunConfig
from aecore.errors import CodesDiverged, TrainingDiverged
from aecore.models import build, devices, inference, variants
from aecore.models.base import Autoencoder, Batch, Losses, Posterior, Stage
from aecore.storage.store import RunStore
from aecore.training import loop
from tests.conftest import ROOT, is_trained, quick
from tests.core.models.small_models import stored_digits

TRAINED = [name for name in variants.names() if is_trained(name)]
every_variant = pytest.mark.parametrize("variant", variants.names())
every_trained_variant = pytest.mark.parametrize("variant", TRAINED)
SHAPE = (8, 8, 1)


def configured(variant: str = "ae", epochs: int = 2, **settings) -> RunConfig:
    return variants.configure(variant, "digits", **quick(variant, epochs) | {"batch_size": 16} | settings)


def blobs(count: int, seed: int) -> Batch:
    """Images of one bright square each, easy to learn, uint8 (n, 1, 8, 8); the label says where it is."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, 1, 8, 8), np.uint8)
    places = random.integers(0, 5, (count, 2))
    for image, (row, column) in zip(images, places, strict=True):
        image[0, row : row + 4, column : column + 4] = 230
    return Batch(torch.tensor(images), torch.tensor(places @ (5, 1) % 10))


def inverted(batch: Batch) -> Batch:
    """The same with dark and light exchanged, and other labels."""
    return Batch(255 - batch.images, 9 - batch.labels)


def labelled(images: torch.Tensor) -> Batch:
    """Images of one class."""
    return Batch(images, torch.zeros(len(images), dtype=torch.int64))


TRAIN, TEST = blobs(50, 0), blobs(20, 1)


def trained(config: RunConfig, train=TRAIN, test=TEST):
    """A model trained on the blobs, and its epochs."""
    model = build.build_model(config, SHAPE)
    epochs = list(loop.train_epochs(model, config, train, test))
    return model, epochs


@lru_cache
def taught(variant: str):
    """A model trained on the blobs for long enough to see something, and its epochs; to be read only."""
    return trained(configured(variant, epochs=20, learning_rate=1e-2))


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(a.equal(b) for a, b in pairs)


# Repeatable


@every_variant
def test_the_same_seed_gives_the_same_weights_to_the_bit(variant):
    assert same_weights(trained(configured(variant))[0], trained(configured(variant))[0])


@every_variant
def test_the_same_seed_gives_the_same_losses(variant):
    def numbers():
        return [(epoch.train, epoch.test) for epoch in trained(configured(variant))[1]]

    assert numbers() == numbers()


@every_trained_variant
def test_another_seed_gives_other_weights(variant):
    assert not same_weights(trained(configured(variant))[0], trained(configured(variant, seed=1))[0])


@pytest.mark.parametrize("variant", sorted(set(variants.names()) - set(TRAINED)))
def test_a_closed_form_does_not_depend_on_the_seed(variant):
    assert same_weights(trained(configured(variant))[0], trained(configured(variant, seed=1))[0])


def test_the_seed_decides_the_order_of_images_not_only_the_first_weights():
    models = [build.build_model(configured(), SHAPE) for _ in range(2)]
    for model, seed in zip(models, (0, 1), strict=True):
        list(loop.train_epochs(model, configured(seed=seed), TRAIN, TEST))
    assert not same_weights(*models)


@every_variant
def test_test_images_are_never_trained_on(variant):
    one, other = (trained(configured(variant), test=test)[0] for test in (TEST, inverted(TEST)))
    assert same_weights(one, other)


@every_variant
def test_training_images_are(variant):
    one, other = (trained(configured(variant), train=train)[0] for train in (TRAIN, inverted(TRAIN)))
    assert not same_weights(one, other)


@every_variant
def test_training_leaves_random_states_alone(variant):
    before = torch.get_rng_state(), str(np.random.get_state())
    trained(configured(variant))
    assert torch.get_rng_state().equal(before[0])
    assert str(np.random.get_state()) == before[1]


# Records


@every_variant
def test_there_is_one_record_for_each_epoch_in_order(variant):
    numbers = list(range(1, configured(variant, epochs=3).epochs + 1))
    assert [epoch.number for epoch in trained(configured(variant, epochs=3))[1]] == numbers


@every_variant
def test_a_record_holds_every_term_of_its_stage_for_both_splits(variant):
    model, epochs = taught(variant)
    model = copy.deepcopy(model)
    for epoch in epochs:
        model.stage = epoch.stage
        terms = model.losses(inference.to_float(TEST), torch.Generator(), 0.0).terms
        assert set(epoch.train) == set(epoch.test) == set(terms)
        assert all(math.isfinite(value) for value in (*epoch.train.values(), *epoch.test.values()))
        assert epoch.seconds > 0


@every_trained_variant
def test_reconstruction_gets_better_in_every_stage(variant):
    _, epochs = taught(variant)
    for stage in {epoch.stage for epoch in epochs}:
        own = [epoch for epoch in epochs if epoch.stage == stage]
        assert own[-1].train["reconstruction"] < own[0].train["reconstruction"]
        assert own[-1].test["reconstruction"] < own[0].test["reconstruction"]


# Stages


@every_trained_variant
def test_the_stages_stand_in_the_records_in_order_each_with_its_share_of_the_epochs(variant):
    model, epochs = taught(variant)
    expected = [stage.name for stage in model.stages for _ in range(round(20 * stage.share))]
    assert [epoch.stage for epoch in epochs] == expected


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 10, 100_000])
@pytest.mark.parametrize("shares", [(1.0,), (0.1, 0.1, 0.1, 0.3, 0.4), (1 / 3, 1 / 3, 1 / 3), (0.9, 0.1)])
def test_the_epochs_of_the_stages_add_up_and_none_is_far_from_its_share(shares, epochs):
    stages = tuple(Stage(str(number), share) for number, share in enumerate(shares))
    found = build.stage_epochs(stages, epochs)
    assert sum(length for _, length in found) == epochs
    assert all(abs(length - epochs * stage.share) <= 1 for stage, length in found)
    assert [stage.name for stage, _ in found] == sorted(stage.name for stage, _ in found)


@pytest.mark.parametrize("epochs", [1, 2, 3, 10])
def test_however_short_the_training_the_last_stage_is_among_its_epochs(epochs):
    # the store opens a run in its last stage: what was measured in another would not be measured again
    model, records = trained(configured("stacked", epochs=epochs))
    assert records[-1].stage == model.stage == model.stages[-1].name


def test_a_closed_form_is_fitted_in_one_record():
    _, (epoch,) = trained(configured("pca"))
    assert (epoch.number, epoch.stage) == (1, "closed form")


def test_only_the_parts_of_a_stage_move_in_it():
    class Staged(Probe):
        """Its first stage moves one weight, its second the other."""

        def __init__(self) -> None:
            """Two weights, two stages of two epochs."""
            self.stages = (Stage("first", 0.5), Stage("second", 0.5))
            super().__init__()
            self.other = nn.Parameter(torch.ones(()))

        def losses(self, batch, generator, progress):
            """Both weights at once, and where in its stage it is."""
            super().losses(batch, generator, progress)
            value = self.weight + self.other
            return Losses({"autoencoder": value}, {"reconstruction": value})

        def parameter_groups(self):
            """One weight in each stage."""
            return {"autoencoder": [self.weight if self.stage == "first" else self.other]}

    model, weights = Staged(), []
    for epoch in loop.train_epochs(model, configured(epochs=4), TRAIN, TEST):
        weights.append((epoch.stage, model.weight.item(), model.other.item()))
    assert [stage for stage, _, _ in weights] == ["first", "first", "second", "second"]
    assert [other for _, _, other in weights[:2]] == [1, 1]
    assert weights[1][1] == weights[2][1] == weights[3][1] != 1
    assert weights[3][2] != 1
    assert model.progress == pytest.approx(2 * [step / 8 for step in range(8)])


def test_a_model_is_prepared_once_with_the_training_split_before_its_first_batch():
    told = []
    probe = Probe()
    probe.prepare = lambda train, generator: told.append((train, len(probe.batches)))
    probed(probe)
    assert told == [(TRAIN, 0)]


def test_a_model_is_projected_after_every_step():
    probe, steps = Probe(), []
    probe.constrain_parameters = lambda: steps.append(probe.weight.item())
    probed(probe, epochs=2)
    assert len(steps) == len(set(steps)) == 8


# The loop, watched through a model that notes what it is given


class Probe(Autoencoder):
    """Notes every batch; its term is the mean pixel, or what `answer` makes of a batch."""

    def __init__(self, answer=None) -> None:
        """One weight, of which the loss does not speak much."""
        super().__init__(SHAPE, 1, 10, None)
        self.weight = nn.Parameter(torch.ones(()))
        self.answer = answer or (lambda images, training: images.mean())
        self.batches, self.progress = [], []

    def losses(self, batch, generator, progress):
        """Note the batch, and answer."""
        if self.training:
            self.batches.append(batch)
            self.progress.append(progress)
        value = self.answer(batch.images, self.training)
        return Losses({"autoencoder": value * self.weight}, {"reconstruction": value})

    def posterior(self, images):
        """Codes like any other."""
        return Posterior(images.flatten(1)[:, :1])


def probed(probe: Probe, **settings) -> list[loop.Epoch]:
    return list(loop.train_epochs(probe, configured(**settings), TRAIN, TEST))


def test_pixels_go_to_the_device_with_their_channels_first():
    pixels = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    moved = inference.on_device(datasets.Images(pixels, np.array([7, 3]), ()), torch.device("cpu"))
    np.testing.assert_array_equal(moved.images.numpy(), np.moveaxis(pixels, 3, 1))
    assert moved.labels.tolist() == [7, 3]


def numbered(count: int) -> Batch:
    """Images whose grey level and label are their number."""
    images = torch.arange(count, dtype=torch.uint8).reshape(-1, 1, 1, 1).expand(count, 1, 8, 8)
    return Batch(images, torch.arange(count))


def test_every_training_image_is_seen_once_in_an_epoch():
    probe = Probe()
    list(loop.train_epochs(probe, configured(epochs=1), numbered(50), TEST))
    seen = torch.cat([batch.labels for batch in probe.batches]).tolist()
    assert sorted(seen) == list(range(50))
    assert seen != list(range(50))


def test_an_image_keeps_its_label():
    probe = Probe()
    list(loop.train_epochs(probe, configured(epochs=1), numbered(50), TEST))
    for batch in probe.batches:
        assert (batch.images[:, 0, 0, 0] * 255).round().int().tolist() == batch.labels.tolist()


def test_batches_have_the_size_of_the_config_and_the_last_has_the_rest():
    probe = Probe()
    probed(probe, epochs=1)
    assert [len(batch.labels) for batch in probe.batches] == [16, 16, 16, 2]


def test_the_order_changes_from_epoch_to_epoch():
    probe = Probe()
    probed(probe, epochs=2, batch_size=50)
    assert not probe.batches[0].images.equal(probe.batches[1].images)


def brightening(count: int) -> Batch:
    """Images each brighter than the one before, at a growing pace: uint8 (n, 1, 8, 8)."""
    levels = ((torch.arange(count) / count) ** 3 * 255).byte()
    return labelled(levels.reshape(-1, 1, 1, 1).expand(count, 1, 8, 8))


def test_a_small_last_batch_weighs_by_its_images():
    images = brightening(50)
    (epoch,) = loop.train_epochs(Probe(), configured(epochs=1), images, TEST)
    assert epoch.train["reconstruction"] == pytest.approx(images.images.float().mean().item() / 255)


def test_a_small_last_batch_of_test_images_weighs_by_its_images_too(monkeypatch):
    monkeypatch.setattr(inference, "EVALUATION_BATCH", 16)
    images = brightening(20)
    (epoch,) = loop.train_epochs(Probe(), configured(epochs=1), TRAIN, images)
    assert epoch.test["reconstruction"] == pytest.approx(images.images.float().mean().item() / 255)


def test_pixels_arrive_between_0_and_1():
    probe = Probe()
    probed(probe, epochs=1)
    assert max(batch.images.max() for batch in probe.batches).item() == pytest.approx(230 / 255)


def test_progress_rises_from_0_in_equal_steps_and_stays_below_1():
    probe = Probe()
    probed(probe, epochs=2)
    assert probe.progress == pytest.approx([step / 8 for step in range(8)])


def test_test_losses_are_those_of_a_finished_model():
    told = []
    model = build.build_model(configured("aae"), SHAPE)
    own = model.losses
    model.losses = lambda batch, generator, progress: (
        told.append((model.training, progress)) or own(batch, generator, progress)
    )
    inference.test_terms(model, TEST)
    assert told == [(False, 1.0)]


@every_variant
def test_measuring_the_test_split_twice_gives_the_same_numbers(variant):
    model = build.build_model(configured(variant), SHAPE)
    assert inference.test_terms(model, TEST) == inference.test_terms(model, TEST)


def test_the_learning_rate_rises_to_that_of_the_config_and_falls_to_almost_nothing(monkeypatch):
    rates = []

    class Noted(torch.optim.Adam):
        def step(self, closure=None):
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    monkeypatch.setattr(torch.optim, "Adam", Noted)
    probed(Probe(), epochs=30, learning_rate=0.01)
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.01, rel=0.01)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] < 1e-3 * rates[peak]


@every_trained_variant
def test_each_part_steps_down_its_own_objective_alone(monkeypatch, variant):
    monkeypatch.setattr(devices, "multiplies_bfloat16", lambda device: False)  # as the oracle below
    config = configured(variant, epochs=1, batch_size=50)
    model = build.build_model(config, SHAPE)
    (first, _), *_ = build.stage_epochs(model.stages, 1)
    expected = gradients_of_first_step(build.build_model(config, SHAPE), first.name, config)
    list(loop.train_epochs(model, config, TRAIN, TEST))
    model.stage = first.name
    for name, parameters in model.parameter_groups().items():
        torch.testing.assert_close([parameter.grad for parameter in parameters], expected[name])


class Rivals(Probe):
    """Two parts whose objectives both depend on both: one minimises a product, the other maximises it."""

    def __init__(self) -> None:
        """Two weights of one part each."""
        super().__init__()
        self.other = nn.Parameter(torch.tensor(5.0))

    def losses(self, batch, generator, progress):
        """A product and its opposite."""
        one, two = self.weight * self.other, -3 * self.weight * self.other
        return Losses({"one": one, "two": two}, {"reconstruction": one})

    def parameter_groups(self):
        """One weight each."""
        return {"one": [self.weight], "two": [self.other]}


def test_the_objective_of_one_part_sends_no_gradient_to_another():
    rivals = Rivals()
    list(loop.train_epochs(rivals, configured(epochs=1, batch_size=50), TRAIN, TEST))
    assert (rivals.weight.grad.item(), rivals.other.grad.item()) == (5.0, -3.0)


def gradients_of_first_step(
    model: Autoencoder, stage: str, config: RunConfig
) -> dict[str, list[torch.Tensor]]:
    """What each part's own objective asks of it, on the batch that training takes first in a stage."""
    generator = torch.Generator().manual_seed(config.seed)
    model.prepare(TRAIN, generator)
    model.stage = stage
    order = torch.randperm(len(TRAIN.images), generator=generator)
    losses = model.losses(inference.to_float(Batch(*(part[order] for part in TRAIN))), generator, 0.0)
    return {
        name: list(torch.autograd.grad(losses.objectives[name], list(parameters), retain_graph=True))
        for name, parameters in model.parameter_groups().items()
    }


def test_a_loss_may_differentiate_by_its_input_in_every_epoch_and_where_it_is_measured():
    class Contractive(Probe):
        """Its term is the slope of the mean square at every pixel, as a penalty of an encoder's would be."""

        def losses(self, batch, generator, progress):
            """The squared norm of a gradient."""
            images = batch.images.clone().requires_grad_()
            value = self.weight * images.square().mean()
            (slope,) = torch.autograd.grad(value, images, create_graph=True)
            term = slope.square().sum()
            return Losses({"autoencoder": term}, {"contraction": term})

    model = Contractive()
    epochs = list(loop.train_epochs(model, configured(epochs=3), TRAIN, TEST))
    assert [set(epoch.test) for epoch in epochs] == 3 * [{"contraction"}]
    assert all(epoch.test["contraction"] > 0 for epoch in epochs)
    assert model.weight.requires_grad


def test_measuring_a_loss_builds_no_graph_of_the_parameters():
    watched = []

    class Watched(Probe):
        """Notes what its loss hangs on."""

        def losses(self, batch, generator, progress):
            """The same, noted."""
            found = super().losses(batch, generator, progress)
            watched.append(found.objectives["autoencoder"].requires_grad)
            return found

    inference.test_terms(Watched(), TEST)
    assert watched == [False]


# Divergence


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_ends_the_training_with_its_sentence(value):
    probe = Probe(lambda images, training: images.mean() * value)
    config = configured()
    with pytest.raises(TrainingDiverged) as caught:
        list(loop.train_epochs(probe, config, TRAIN, TEST))
    assert str(caught.value) == (
        f"Training {config.run_id} stopped in epoch 1: the reconstruction loss is not a finite number. "
        "Lower the learning rate, then train again."
    )


def test_a_test_loss_that_is_no_number_ends_the_training_likewise():
    # the last step can do it: no training batch comes after to show it
    probe = Probe(lambda images, training: images.mean() * (1.0 if training else math.nan))
    with pytest.raises(TrainingDiverged, match="stopped in epoch 1: the reconstruction loss"):
        probed(probe, epochs=1)


def test_a_training_that_diverges_stores_nothing(own_runs, monkeypatch):
    variant = variants.module("ae").Variant
    own = variant.losses
    monkeypatch.setattr(
        variant,
        "losses",
        lambda self, *arguments: Losses(
            {"autoencoder": own(self, *arguments).objectives["autoencoder"] * math.nan},
            {"reconstruction": torch.tensor(math.nan)},
        ),
    )
    with pytest.raises(TrainingDiverged):
        runs.train_config(configured())
    assert [jobs.listing(), RunStore().listing().runs] == [[], []]


def test_a_training_whose_codes_grow_beyond_measure_says_so_after_its_epoch(monkeypatch):
    own = variants.module("ae").Variant.posterior

    def posterior(self, images):
        return Posterior(own(self, images).mean * 1e20)

    monkeypatch.setattr(variants.module("ae").Variant, "posterior", posterior)
    with pytest.raises(CodesDiverged, match=r"stopped in epoch 1: its latent codes have grown to \de\+2\d"):
        runs.train_config(configured())
    assert [jobs.listing(), RunStore().listing().runs] == [[], []]


@pytest.mark.parametrize("largest", [7e4, 1e12])
def test_wide_codes_beyond_float16_are_stored_as_they_are(monkeypatch, largest):
    own = variants.module("ae").Variant.posterior

    def posterior(self, images):
        return Posterior(own(self, images).mean * largest + largest)

    monkeypatch.setattr(variants.module("ae").Variant, "posterior", posterior)
    run = runs.train_config(dataclasses.replace(configured(), latent_dim=9))
    codes = run.stored.arrays["codes"]
    assert codes.dtype == np.float32
    assert np.isfinite(codes).all()
    assert np.isfinite(list(run.metrics.values())).all()


# Stopping and starting


def interrupt(epoch: loop.Epoch) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_training_leaves_no_run_but_the_epoch_it_had_done():
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(configured(), on_epoch=interrupt)
    (job,) = jobs.listing()
    assert (job.state, job.progress.epoch) == ("paused", 1)
    assert RunStore().listing().runs == []


def test_after_an_interruption_the_same_config_goes_on_and_ends_as_if_nothing_had_happened(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(configured(), on_epoch=interrupt)
    told = []
    run = runs.train_config(configured(), on_epoch=told.append)
    assert [epoch.number for epoch in told] == [2]
    assert [record["number"] for record in run.history] == [1, 2]
    whole = runs.train_config(configured(), RunStore(tmp_path / "whole"))
    assert all(
        np.array_equal(whole.stored.weights[name], run.stored.weights[name]) for name in whole.stored.weights
    )
    assert jobs.listing() == []


def test_closing_the_generator_stops_after_the_epoch_at_hand():
    probe = Probe()
    epochs = loop.train_epochs(probe, configured(epochs=5), TRAIN, TEST)
    next(epochs)
    epochs.close()
    assert len(probe.batches) == 4
    assert next(epochs, None) is None


def test_each_epoch_is_told_as_it_ends():
    told = []
    run = runs.train_config(configured(), on_epoch=told.append)
    assert [epoch.number for epoch in told] == [kept["number"] for kept in run.history]
    for epoch, kept in zip(told, run.history, strict=True):
        assert kept["train"] == pytest.approx(epoch.train, rel=1e-6)  # kept at the digits of float32
        assert kept["test"] == pytest.approx(epoch.test, rel=1e-6)
        assert kept["stage"] == epoch.stage


def test_the_same_config_trains_once(monkeypatch):
    first, told = runs.train_config(configured()), []
    monkeypatch.setattr(datasets, "load_images", None)  # opening needs no image
    second = runs.train_config(configured(), on_epoch=told.append)
    assert told == []
    assert second.stored.path == first.stored.path


def test_a_damaged_run_is_trained_again_and_replaced():
    run = runs.train_config(configured())
    (run.stored.path / "metrics.json").unlink()
    told = []
    again = runs.train_config(configured(), on_epoch=told.append)
    assert len(told) == 2
    assert again.metrics["mse"] > 0


def test_training_in_two_stores_gives_the_same_run_to_the_bit(tmp_path):
    one, other = (
        runs.train_config(configured("vae"), RunStore(tmp_path / name)).stored for name in ("one", "other")
    )
    assert one.metrics == other.metrics
    assert all(np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays)
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


@every_variant
def test_a_run_keeps_the_stage_of_every_epoch(finished_run, variant):
    run = finished_run(variant)
    expected = [
        stage.name for stage, length in build.stage_epochs(run.model.stages, 2) for _ in range(length)
    ]
    assert [record["stage"] for record in run.history] == (expected or ["closed form"])


def test_no_training_image_is_touched_by_a_whole_run(monkeypatch):
    images = {split: datasets.load_images("digits", split) for split in ("train", "test")}
    before = {split: images[split].pixels.copy() for split in images}
    monkeypatch.setattr(datasets, "load_images", lambda name, split: images[split])
    runs.train_config(configured())
    assert all(np.array_equal(images[split].pixels, before[split]) for split in images)


COMPETITOR = """
import sys
from aecore import runs
from aecore.models import variants
config = variants.configure("ae", "digits", epochs=2, hidden=(8,))
print("ready", flush=True)
sys.stdin.readline()
epochs = []
print(runs.train_config(config, on_epoch=epochs.append).stored.path, len(epochs), flush=True)
"""


def test_of_two_processes_with_the_same_config_one_trains_and_the_other_opens(own_runs):
    def start() -> subprocess.Popen:
        command = [sys.executable, "-W", "error", "-c", COMPETITOR]
        return subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    config = variants.configure("ae", "digits", epochs=2, hidden=(8,))
    with start() as one, start() as other:
        with RunStore().lock(config):
            for process in (one, other):
                assert process.stdout.readline() == "ready\n"
                process.stdin.write("go\n")
                process.stdin.flush()
        answers = sorted(process.communicate(timeout=120)[0].strip() for process in (one, other))
    assert answers == [f"{own_runs / config.run_id} {epochs}" for epochs in (0, 2)]


@every_trained_variant
def test_codes_and_losses_stay_float32_where_products_are_bfloat16(variant):
    model = build.build_model(variants.configure(variant, "digits"), (8, 8, 1))
    model.prepare(TRAIN, torch.Generator())
    with torch.autocast("cpu", torch.bfloat16):
        posterior = model.posterior(inference.to_float(TRAIN).images)
        assert all(part is None or part.dtype == torch.float32 for part in posterior)
        for stage in model.stages:
            model.stage = stage.name
            losses = model.losses(inference.to_float(TRAIN), torch.Generator().manual_seed(0), 0.5)
            found = {value.dtype for value in (*losses.objectives.values(), *losses.terms.values())}
            assert found == {torch.float32}


@every_trained_variant
def test_the_wide_layers_do_multiply_bfloat16_where_the_device_can(variant):
    model, kinds = build.build_model(variants.configure(variant, "digits"), (8, 8, 1)), set()
    model.prepare(TRAIN, torch.Generator())
    for layer in model.modules():
        if not isinstance(layer, nn.LSTM):  # the only one whose output is no tensor; RowLSTM is around it
            layer.register_forward_hook(
                lambda layer, inputs, output: kinds.add((type(layer).__name__, output.dtype))
            )
    with torch.autocast("cpu", torch.bfloat16):
        model.losses(inference.to_float(TRAIN), torch.Generator().manual_seed(0), 0.5)
    assert any(dtype == torch.bfloat16 for _, dtype in kinds)
    assert not any(
        dtype == torch.bfloat16 for name, dtype in kinds if name in ("BottleneckLinear", "RowLSTM")
    )


@every_trained_variant
def test_bfloat16_products_train_as_float32_ones_do(monkeypatch, variant):
    config = configured(variant, epochs=8, batch_size=100)
    pixels = [Batch(*(part[:400] for part in stored_digits(split))) for split in ("train", "test")]
    reached = {}
    for is_mixed in (False, True):
        monkeypatch.setattr(devices, "multiplies_bfloat16", lambda device, is_mixed=is_mixed: is_mixed)
        model = build.build_model(config, (8, 8, 1))
        *_, last = loop.train_epochs(model, config, *pixels)
        reached[is_mixed] = last.test["reconstruction"]
        assert all(parameter.dtype == torch.float32 for parameter in model.parameters())
    assert reached[True] == pytest.approx(reached[False], rel=0.02)
    assert reached[True] != reached[False]


def test_measuring_a_run_again_keeps_its_epochs():
    run = runs.train_config(configured())
    assert run.stored.has_rewind
    before = run.stored.rewind_path.read_bytes()
    assert runs.remeasure(run).stored.rewind_path.read_bytes() == before


def test_a_run_that_shall_not_keep_its_epochs_does_not():
    assert not runs.train_config(configured(), rewind=False).stored.has_rewind
