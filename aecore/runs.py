"""Run: a finished autoencoder in use; `train` makes one, `open_run` opens one."""

import dataclasses
import datetime
import json
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from aecore import datasets, metrics
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.errors import AecoreError, BadValue, DecoderNeeded, LabelsNeeded, RunDamaged, WrongShape
from aecore.evaluation import additions, baselines, classifier, evaluation, sample_classifier
from aecore.evaluation.baselines import Baselines
from aecore.evaluation.context import ModelContext
from aecore.jobs import trainer, worker
from aecore.metrics import WHITENED, catalog, with_floors
from aecore.metrics.cells import cell_shares
from aecore.models import build, described, devices, export, inference, variants
from aecore.models.base import Autoencoder
from aecore.models.described import DescribedModel
from aecore.storage import cache, replay
from aecore.storage.run import FinishedRun, StoredRun
from aecore.storage.store import ABOUT, REWIND, RunStore
from aecore.training.loop import Epoch

TRIED = 4
"""Images, and codes of each kind, that a stranger's model is tried out on."""


class Run:
    """A finished run: what was stored, and the model itself for new images and codes."""

    def __init__(self, stored: StoredRun) -> None:
        """Wrap a stored run; the model is built on first use."""
        self.stored = stored

    @property
    def config(self) -> RunConfig:
        """What the run was made from."""
        return self.stored.config

    @property
    def metrics(self) -> dict[str, float]:
        """Numbers on the test split by name; `aecore.metrics.catalog` words them."""
        return self.stored.metrics

    @property
    def history(self) -> list[dict[str, Any]]:
        """One record per epoch: number, seconds, train and test loss terms in nats per image."""
        return self.stored.history

    @property
    def codes(self) -> np.ndarray:
        """Latent codes of the whole test split (posterior means), float32 (n, latent_dim)."""
        return self.stored.arrays["codes"].astype(np.float32)

    @property
    def labels(self) -> np.ndarray | None:
        """Labels of the test split, (n,); None where its images have none."""
        return self.stored.labels

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """Latent codes of images: posterior means.

        Args:
            pixels: uint8 (n, h, w, c), of the run's image shape.

        Returns:
            float32 (n, latent_dim).

        Raises:
            WrongShape: if the pixels are not images of the run's size.
        """
        return self.posterior(pixels)[0]

    def posterior(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """q(z|x) of images.

        Args:
            pixels: uint8 (n, h, w, c), of the run's image shape.

        Returns:
            Means float32 (n, latent_dim), and standard deviations of that shape where it has a spread.

        Raises:
            WrongShape: if the pixels are not images of the run's size.
        """
        expected = self.stored.image_shape
        pixels = np.asarray(pixels)
        if pixels.ndim != 4 or pixels.shape[1:] != expected or pixels.dtype != np.uint8:
            raise WrongShape(f"pixels of type {pixels.dtype}", pixels.shape, f"uint8 (n, *{expected})")
        on_device = inference.on_device(Images(pixels), next(self.model.parameters()).device)
        found = inference.encode(self.model, on_device)
        spread = None if found.log_var is None else (0.5 * found.log_var).exp().numpy()
        return found.mean.numpy(), spread

    def decode(self, codes: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Images of latent codes.

        Args:
            codes: numbers, (n, latent_dim).
            labels: the class to draw each code as, (n,), where the decoder is given one.

        Returns:
            float32 (n, h, w, c) in [0, 1].

        Raises:
            RunDamaged: if a pixel is not a finite number.
            WrongShape: if the codes are not of the run's latent dimension, or the labels not as many.
            BadValue: if a code is not finite, a label is no class, or labels are missing or not to be given.
        """
        with np.errstate(over="ignore"):  # it is refused below
            codes = np.asarray(codes, np.float32)
        if codes.ndim != 2 or codes.shape[1] != self.config.latent_dim:
            raise WrongShape("codes", codes.shape, f"(n, {self.config.latent_dim})")
        if (wrong := codes[~np.isfinite(codes)]).size:
            raise BadValue("codes", wrong[0].item(), "finite numbers of float32")
        if self.model.is_conditional != (labels is not None):
            allowed = "a class for every code" if self.model.is_conditional else "left out: it takes no class"
            raise BadValue("labels", labels, allowed)
        if labels is not None:
            labels = np.asarray(labels)
            if labels.shape != codes.shape[:1]:
                raise WrongShape("labels", labels.shape, f"({len(codes)},), one for each code")
            for label in np.setdiff1d(labels, np.arange(self.model.classes)):
                raise BadValue("labels", label.item(), f"whole numbers from 0 to {self.model.classes - 1}")
        drawn = inference.decode(self.model, codes, labels)
        if not np.isfinite(drawn).all():
            raise RunDamaged(self.stored.path, "its decoder draws pixels that are not finite numbers")
        return drawn

    @cached_property
    def model(self) -> Autoencoder:
        """The variant with its trained weights, on the best device.

        Of a run that was adopted, or whose variant has no file here, the layers that it describes itself by.
        """
        if not self.config.is_trained or self.config.variant not in variants.names():
            return _described(self.stored).to(devices.best_device())
        _outline(self.stored)
        model = build.build_model(self.config, self.stored.image_shape)
        weights = {name: torch.tensor(array).float() for name, array in self.stored.weights.items()}
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            raise RunDamaged(self.stored.path, "its weights do not fit its config") from error
        return model.to(devices.best_device()).eval()

    def __repr__(self) -> str:
        """The run's id."""
        return f"<Run {self.stored.run_id}>"


def open_run(name: str, store: RunStore | None = None) -> Run:
    """A finished run, shipped or your own.

    Args:
        name: a run id, a name such as "mnist-vae-z2" (then the shipped one, else the newest), or the name
            that a person gave it.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        The run.
    """
    return Run((store or RunStore()).open(name))


def check_model(run: StoredRun) -> None:
    """See that a stored run is what its config makes, and that it computes.

    Args:
        run: any run, also one that a stranger made.

    Raises:
        RunDamaged: if options, decoder, prior or stages are not the config's, the weights do not fit it, or
            an image or a code comes out of the model as no finite number.
    """
    if not run.config.is_trained or run.config.variant not in variants.names():
        if run.has_decoder:
            _check_described(run)
        return
    model, config = _outline(run), run.config
    options = dataclasses.asdict(model.options)
    layers = json.loads(json.dumps(export.decoder_layers(model)))
    stages = {stage.name for stage in model.stages} or {"closed form"}
    for is_so, what in (
        (dict(config.options) == {name: options[name] for name in config.options}, "its options"),
        (run.manifest["layers"] == layers, "the layers of its decoder"),
        (run.manifest["prior"] == model.prior, "its prior"),
        (("conditions" in run.arrays) == model.is_conditional, "its conditions"),
        ({record.get("stage", "training") for record in run.history} <= stages, "the stages of its history"),
    ):
        if not is_so:
            raise RunDamaged(run.path, f"{what} are not those that its config makes")
    _try_out(Run(run))


def _described(run: StoredRun) -> DescribedModel:
    """The model of a run that was adopted, made of its own records."""
    if not run.has_decoder:
        raise DecoderNeeded("This")
    try:
        return described.build(
            run.manifest["layers"],
            run.encoder,
            run.weights,
            run.config.latent_dim,
            run.image_shape,
            prior=run.manifest["prior"],
            classes=len(run.classes),
        )
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        raise RunDamaged(run.path, f"its layers do not fit its weights ({error})") from error


def _check_described(run: StoredRun) -> None:
    """See that a run of no variant that is here computes, as far as it describes itself."""
    model = _described(run)
    if not run.config.is_trained:
        _check_records(run, model)
    opened = Run(run)
    own = run.arrays["codes"][:TRIED].astype(np.float32)
    codes = np.concatenate([own, np.zeros((1, own.shape[1]), np.float32)])
    classes = np.arange(len(codes)) % model.classes if model.is_conditional else None
    opened.decode(codes, classes)
    if model.has_encoder:
        noise = np.random.default_rng(0).integers(0, 256, (TRIED, *run.image_shape), np.uint8)
        if not np.isfinite(opened.encode(noise)).all():
            raise RunDamaged(run.path, "its encoder makes codes that are not finite numbers")


def _check_records(run: StoredRun, model: DescribedModel) -> None:
    """See that the names of an adopted run's layers and weights are those that its model gives them."""
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    records = [export.decoder_layers(model), export.encoder_layers(model)]
    for is_so, what in (
        ({name: array.shape for name, array in run.weights.items()} == shapes, "its weights"),
        (json.loads(json.dumps(records)) == [run.manifest["layers"], run.encoder], "the names of its layers"),
        (not run.classes or "conditions" not in run.arrays, "its conditions"),
    ):
        if not is_so:
            raise RunDamaged(run.path, f"{what} are not those that its layers make")


def _try_out(run: Run) -> None:
    """Encode and decode a handful of images, and decode codes: the prior's and some of the stored ones."""
    shape, random = run.stored.image_shape, np.random.default_rng(0)
    noise = random.integers(0, 256, (TRIED, *shape), np.uint8)
    pixels = np.concatenate([np.zeros((1, *shape), np.uint8), np.full((1, *shape), 255, np.uint8), noise])
    own = run.codes[:TRIED]
    drawn = [
        np.zeros((1, own.shape[1])),
        np.ones((1, own.shape[1])),
        random.normal(size=(TRIED, own.shape[1])),
    ]
    encoded, _ = run.posterior(pixels)
    if not np.isfinite(encoded).all():
        raise RunDamaged(run.stored.path, "its encoder makes codes that are not finite numbers")
    codes = np.concatenate([encoded, own, *drawn])
    classes = np.arange(len(codes)) % run.model.classes if run.model.is_conditional else None
    run.decode(codes, classes)
    _try_out_epochs(run, codes, classes)


def _try_out_epochs(run: Run, codes: np.ndarray, classes: np.ndarray | None) -> None:
    """Decode codes with the decoder of every epoch that is kept; the model's is that of the last one then."""
    rewind = replay.open_rewind(run.stored) if run.stored.has_rewind else None
    if rewind is None:
        return
    for epoch in filter(rewind.has_decoder, rewind.epochs):
        decoder = rewind.decoder(epoch)
        if list(decoder.layers) != run.stored.manifest["layers"]:
            what = f"the layers of the decoder of epoch {epoch} are not those that its config makes"
            raise RunDamaged(run.stored.path, what)
        weights = {name: torch.tensor(array).float() for name, array in decoder.tensors.items()}
        own = rewind.codes(epoch)[:TRIED]
        try:
            run.model.load_state_dict(weights, strict=False)
            run.decode(np.concatenate([own, codes[len(own) :]]), classes)
        except RunDamaged as error:
            raise RunDamaged(run.stored.path, f"of epoch {epoch}, {error.what}") from error
        except RuntimeError as error:
            raise RunDamaged(
                run.stored.path, f"the decoder of epoch {epoch} does not fit its config"
            ) from error


def _outline(run: StoredRun) -> Autoencoder:
    """The model of a run without its weights, which fit it; it takes no memory, however wide it is.

    Args:
        run: any run.

    Returns:
        The model on PyTorch's meta device.

    Raises:
        RunDamaged: if the config makes no model for its images, or another one.
    """
    try:
        with torch.device("meta"):
            model = build.build_model(run.config, run.image_shape)
    except (AecoreError, RuntimeError, OverflowError) as error:
        raise RunDamaged(run.path, f"its config fits no image of its size ({error})") from error
    found = {name: array.shape for name, array in run.weights.items()}
    if found != {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}:
        raise RunDamaged(run.path, "its weights do not fit its config")
    return model


def train(
    variant: str,
    dataset: str,
    *,
    store: RunStore | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    **settings: Any,
) -> Run:
    """Train a variant on a data set and keep it, or open it at once where it was trained before.

    Args:
        variant: one of `variants.names()`.
        dataset: one of `datasets.names()`.
        store: where to keep and look; your own runs and the shipped ones if not given.
        on_epoch: called with each epoch's record as training goes.
        **settings: latent_dim, epochs, batch_size, learning_rate, seed, or an option of the variant.

    Returns:
        The finished run.
    """
    return train_config(variants.configure(variant, dataset, **settings), store, on_epoch)


def train_config(
    config: RunConfig,
    store: RunStore | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    *,
    rewind: bool = True,
    on_trouble: Callable[[str], None] | None = None,
) -> Run:
    """`train` for a config already made.

    Every epoch is kept as it ends: a training that was interrupted, here or in the dashboard, goes on
    from its last whole epoch, and ends as it would have ended.

    Args:
        config: from `variants.configure`.
        store: as in `train`.
        on_epoch: as in `train`.
        rewind: whether the run keeps its epochs to look back at; up to 24 MB.
        on_trouble: called with a sentence when the code is found to say nothing so far.

    Returns:
        The finished run.
    """
    store = store or RunStore()
    found = trainer.find_stored(store, config)
    return Run(found or worker.train_here(config, store, on_epoch, rewind, on_trouble))


def remeasure(run: Run, report: Callable[[float, str], None] | None = None) -> Run:
    """Measure a run again from its stored weights, and keep the numbers in its place.

    Weights, history, and what is told about its training stay as they are.

    Args:
        run: a finished run, in a folder that can be written.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        The run as it is stored now.

    Raises:
        RunChanged: if it was deleted meanwhile, or another one is in its place.
    """
    stored, store = run.stored, RunStore(run.stored.path.parent)
    with store.lock(run.config):
        images = datasets.load_splits(run.config.dataset)
        result = evaluation.evaluate(run.model, *images, report)
        about = {name: stored.manifest[name] for name in ABOUT}
        if "imported" in stored.manifest:
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            about |= {"imported": stored.manifest["imported"], "measured": now}
        rewind = stored.content(REWIND) if stored.has_rewind else None
        finished = (result.codes, stored.history, result.metrics, about, rewind)
        return Run(store.write(FinishedRun(run.config, stored.weights, *finished), stored))


def measure(
    run: Run,
    names: Sequence[str],
    store: RunStore | None = None,
    report: Callable[[float, str], None] | None = None,
) -> dict[str, float]:
    """Numbers that a run was stored without, and what stands beside them; kept beside the run.

    The run itself, which may be a shipped one, stays as it is.

    Args:
        run: a finished run.
        names: of `metrics.catalog()`.
        store: where to keep them; your own runs if not given.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        By name; those that the model has not are left out.

    Raises:
        UnknownName: if there is no such number.
    """
    metrics.check_names(names)
    train, test = datasets.load_splits(run.config.dataset)
    context = ModelContext(
        run.model, train, test, lambda: baselines.kept(run.config, train, test, store), report
    )
    wanted = with_floors(names)
    found = metrics.measure(context, wanted)
    additions.keep(run.stored, {name: found.get(name, math.nan) for name in wanted}, store)
    return found


def measure_coverage(
    run: Run, store: RunStore | None = None, report: Callable[[float, str], None] | None = None
) -> dict[str, np.ndarray]:
    """How a run's codes fill the prior, measured as `evaluation` does, and kept beside the run.

    For runs stored before a number was invented: the run itself stays as it is.

    Args:
        run: a finished run.
        store: where to keep it; your own runs if not given.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        Numbers by name, shape (1,), float64. Where cells are defined also "cells" and
        "cells_whitened": the share of the codes in each of `metrics.cells.cell_shares`, (10, 20).
    """
    train, test = datasets.load_splits(run.config.dataset)

    is_labelled = train.labels is not None

    def judge() -> Baselines:
        return Baselines({}, sample_classifier.judge(run.config.dataset, store=store, train=train))

    context = ModelContext(run.model, train, test, judge, report)
    names = additions.lacking_coverage((), context.latent_dim, run.model.prior, is_labelled=is_labelled)
    numbers = metrics.measure(context, with_floors(name for name in names if name in catalog()))
    kept = {name: np.array([number]) for name, number in numbers.items()}
    cells = {f"cells{ending}": ending for ending in ("", WHITENED)}
    kept |= {name: cell_shares(context.against(ending)[0]) for name, ending in cells.items() if name in names}
    cache.write(run.stored, *additions.COVERAGE, kept, store)
    return kept


def finetune_accuracy(
    run: Run,
    task: classifier.Task,
    *,
    epochs: int | None = None,
    seed: int = 0,
    on_epoch: classifier.OnEpoch | None = None,
) -> float:
    """Test accuracy of the run's encoder with a linear layer on its latent code, trained on all labels.

    Args:
        run: a finished run; it is left as it was. Its linear probe, on the frozen code, is among its
            metrics.
        task: "fine_tuned" starts from the run's encoder, "from_scratch" from fresh weights.
        epochs: passes over the training images; the task's own budget if not given.
        seed: of the head's first weights, the order of images and, from scratch, the encoder's.
        on_epoch: called after each epoch with its number from 1, how many there are, and its mean loss.

    Returns:
        0 to 1.

    Raises:
        LabelsNeeded: if the images of the run's data set have none.
    """
    config = dataclasses.replace(run.config, seed=seed)
    if not datasets.is_labelled(config.dataset):
        raise LabelsNeeded("Training a classifier", datasets.title(config.dataset))
    train, test = datasets.load_splits(config.dataset)
    return classifier.finetune_accuracy(
        task,
        run.model,
        lambda: build.build_model(config, run.stored.image_shape),
        config.latent_dim,
        train,
        test,
        epochs=epochs,
        seed=seed,
        on_epoch=on_epoch,
    )
