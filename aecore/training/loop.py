"""Training: `train_epochs(config, ...)` yields one record per epoch; the caller prints, draws or stops."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from aecore.config import RunConfig
from aecore.errors import CodesDiverged, TrainingDiverged
from aecore.metrics._distances import LARGEST
from aecore.models import build, devices, inference
from aecore.models.base import Autoencoder, Batch, Stage


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: number from 1, stage, seconds it took, mean loss terms in nats per image."""

    number: int
    stage: str
    seconds: float
    train: dict[str, float]
    test: dict[str, float]


@dataclass(frozen=True)
class State:
    """A training between two epochs: all that the next one depends on beside config and images.

    Attributes:
        number: whole epochs done.
        tensors: parameters, buffers, momenta and the generator's state, by name.
        schedules: where the optimisers of the stage at hand stand, plain JSON values by part.
    """

    number: int
    tensors: dict[str, Tensor]
    schedules: dict[str, Any]


class Training:
    """A training under way, an epoch at a time; between two of them its state can be taken and put back.

    One fused Adam per objective under one one-cycle schedule (Smith & Topin 2018), anew in each stage.
    Order and noise come from one generator on the device, seeded by the config. Where the device
    multiplies bfloat16 the wide layers do so in training; weights, losses, latent codes and every
    measurement are float32. A model without stages is fitted when it is prepared: one record.

    Attributes:
        number: whole epochs done.
    """

    def __init__(self, model: Autoencoder, config: RunConfig, train: Batch, test: Batch) -> None:
        """Prepare the model; no epoch is trained yet.

        Args:
            model: a fresh model on its device.
            config: batch size, epochs, learning rate and seed.
            train: the training split, pixels uint8 (n, c, h, w), on the same device.
            test: the test split, likewise; it is measured and never trained on.
        """
        started = time.perf_counter()
        self.number = 0
        self._model, self._config, self._train, self._test = model, config, train, test
        self._generator = torch.Generator(train.images.device).manual_seed(config.seed)
        model.prepare(train, self._generator)
        self._stages = build.stage_epochs(model.stages, config.epochs)
        self._step: _Stepper | None = None
        self._seconds_to_prepare = time.perf_counter() - started

    @property
    def epochs(self) -> int:
        """How many epochs there are to do in all."""
        return self._config.epochs_to_do if self._stages else 1

    @property
    def is_over(self) -> bool:
        """Whether no epoch is left."""
        return self.number >= self.epochs

    def epoch(self, report: Callable[[float], None] | None = None) -> Epoch:
        """Train the next epoch.

        Args:
            report: called before each step with the share of the epoch done, 0 to 1. What it raises ends
                the epoch half-way: put an earlier state back then.

        Returns:
            The numbers of the epoch.

        Raises:
            TrainingDiverged: if a loss is no longer finite, or codes are too large to be measured.
        """
        if not self._stages:
            self.number = 1
            means = (inference.test_terms(self._model, split) for split in (self._train, self._test))
            return Epoch(1, "closed form", self._seconds_to_prepare, *means)
        stage, index, length = self._place()
        step = self._enter(stage, length) if index == 0 else self._step
        assert step is not None, "a stage's first epoch makes it, or `restore`"
        started = time.perf_counter()
        self._model.train()
        means = step.epoch(index, report)
        seconds, test_means = time.perf_counter() - started, inference.test_terms(self._model, self._test)
        number = self.number + 1
        for name, mean in means.items():  # and the test split: no batch comes after the last step
            if not math.isfinite(mean + test_means[name]):
                raise TrainingDiverged(self._config.run_id, number, name)
        check_codes(self._some_codes(), self._config.run_id, number)
        self.number = number
        return Epoch(number, stage.name, seconds, means, test_means)

    @torch.no_grad()
    def _some_codes(self) -> Tensor:
        """The codes of the first test images, as many as are measured at a time."""
        self._model.eval()
        return self._model.posterior(next(inference.batches(self._test)).images).mean

    def _place(self) -> tuple[Stage, int, int]:
        """The stage of the next epoch, the epoch's index in it, and how many the stage has."""
        first = 0
        for stage, length in self._stages:
            if self.number < first + length:
                return stage, self.number - first, length
            first += length
        raise ValueError("no epoch is left")

    def _enter(self, stage: Stage, length: int) -> "_Stepper":
        self._model.stage = stage.name
        self._step = _Stepper(self._model, self._config, self._train, length, self._generator)
        return self._step

    def state(self) -> State:
        """All that the next epoch depends on; the tensors are the training's own: copy or write them."""
        tensors = {f"model/{name}": tensor for name, tensor in self._model.state_dict().items()}
        tensors["generator"] = self._generator.get_state()
        schedules: dict[str, Any] = {}
        if self._step:
            for part, optimiser in self._step.optimisers.items():
                kept = optimiser.state_dict()
                for index, moments in kept["state"].items():
                    tensors |= {f"optimiser/{part}/{index}/{name}": m for name, m in moments.items()}
                schedule = self._step.schedules[part].state_dict()
                schedules[part] = {
                    "groups": kept["param_groups"],
                    "schedule": {name: schedule[name] for name in ("last_epoch", "_step_count", "_last_lr")},
                }
        return State(self.number, tensors, schedules)

    def restore(self, state: State) -> None:
        """Go on from a state: what follows is what followed it, bit for bit on the same machine.

        Args:
            state: of a training of the same config on the same images.
        """
        self.number, self._step = state.number, None
        model = {n.removeprefix("model/"): t for n, t in state.tensors.items() if n.startswith("model/")}
        self._model.load_state_dict(model)
        self._generator.set_state(state.tensors["generator"].cpu())
        if not self._stages:
            return
        self._model.stage = build.stage_of(self._stages, self.number)
        if self.is_over:
            return
        stage, index, length = self._place()
        if index == 0:
            return  # a new stage begins with new optimisers
        step = self._enter(stage, length)
        for part, optimiser in step.optimisers.items():
            kept: dict[int, dict[str, Tensor]] = {}
            for name, tensor in state.tensors.items():
                kind, *place = name.split("/")
                if kind == "optimiser" and place[0] == part:
                    kept.setdefault(int(place[1]), {})[place[2]] = tensor
            groups = [{**group, "betas": tuple(group["betas"])} for group in state.schedules[part]["groups"]]
            optimiser.load_state_dict({"state": kept, "param_groups": groups})
            step.schedules[part].load_state_dict(state.schedules[part]["schedule"])


def check_codes(codes: Tensor, run: str, epoch: int) -> None:
    """Refuse codes that nothing can be measured on.

    Args:
        codes: shape (n, d).
        run: the id of their run.
        epoch: after which they were taken.

    Raises:
        CodesDiverged: if one is not finite, or its magnitude is above LARGEST.
    """
    largest = float(codes.abs().max())
    if not largest <= LARGEST:
        raise CodesDiverged(run, epoch, largest)


def train_epochs(model: Autoencoder, config: RunConfig, train: Batch, test: Batch) -> Iterator[Epoch]:
    """Train a model in place to the end, one record per epoch; see `Training`.

    Args:
        model: a fresh model on its device.
        config: batch size, epochs, learning rate and seed.
        train: the training split, pixels uint8 (n, c, h, w), on the same device.
        test: the test split, likewise.

    Yields:
        Epoch: numbers of the epoch that has just ended.
    """
    training = Training(model, config, train, test)
    while not training.is_over:
        yield training.epoch()


class _Stepper:
    """The epochs of one stage: its optimisers, and their steps."""

    def __init__(
        self, model: Autoencoder, config: RunConfig, train: Batch, epochs: int, generator: torch.Generator
    ) -> None:
        device = train.images.device
        self._model, self._train, self._generator = model, train, generator
        self._epochs, self._batch_size = epochs, config.batch_size
        self._parts = {name: list(parameters) for name, parameters in model.parameter_groups().items()}
        fused = device.type in ("cuda", "cpu")
        self.optimisers = {
            name: torch.optim.Adam(parameters, lr=config.learning_rate, betas=model.betas, fused=fused)
            for name, parameters in self._parts.items()
        }
        self._steps = math.ceil(len(train.images) / config.batch_size)
        self.schedules = {
            name: torch.optim.lr_scheduler.OneCycleLR(
                optimiser, config.learning_rate, total_steps=self._steps * epochs + 1, cycle_momentum=False
            )
            for name, optimiser in self.optimisers.items()
        }
        self._is_mixed = devices.multiplies_bfloat16(device)

    def epoch(self, index: int, report: Callable[[float], None] | None = None) -> dict[str, float]:
        """Train the epoch of an index, from 0, and return the mean loss terms."""
        model, train, generator = self._model, self._train, self._generator
        device, count = train.images.device, len(train.images)
        totals: dict[str, Tensor] = {}
        order = torch.randperm(count, generator=generator, device=device)
        for step, rows in enumerate(order.split(self._batch_size)):
            if report:
                report(step / self._steps)
            batch = inference.to_float(train.take(rows))
            with torch.autocast(device.type, torch.bfloat16, enabled=self._is_mixed):
                losses = model.losses(batch, generator, (index + step / self._steps) / self._epochs)
            for name, objective in losses.objectives.items():
                self.optimisers[name].zero_grad(set_to_none=True)
                objective.backward(inputs=self._parts[name])
            for name, optimiser in self.optimisers.items():
                optimiser.step()
                self.schedules[name].step()
            model.constrain_parameters()
            for name, term in losses.terms.items():
                weighted = term.detach() * (len(rows) / count)
                totals[name] = totals[name] + weighted if name in totals else weighted
        return {name: float(total) for name, total in totals.items()}
