"""An adopted model, or codes, as a run in the store: measured on its images, and written as trainings are."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

import aecore
from aecore import datasets, metrics
from aecore.adoption import agreement
from aecore.config import ADOPTED, CODES, PLAIN, RunConfig, is_text
from aecore.datasets import Column, Images
from aecore.errors import CannotAdopt, RunDamaged, quoted
from aecore.evaluation import additions, baselines, evaluation
from aecore.evaluation.codes_context import CodesContext
from aecore.jobs import finalize
from aecore.metrics import WHITENED
from aecore.metrics._distances import LARGEST
from aecore.metrics.cells import cell_shares
from aecore.models import described, export, inference, summary
from aecore.models.described import DescribedModel
from aecore.storage import archive_validation, cache
from aecore.storage.annotations import LONGEST_NOTE, Annotation
from aecore.storage.manifests import COLUMNS, ENCODER, TITLES
from aecore.storage.run import FinishedRun
from aecore.storage.store import RunStore
from aecore.storage.tensors import COLUMN

if TYPE_CHECKING:
    from aecore.adoption import Settings
    from aecore.runs import Run

__all__ = ["LARGEST", "MOST_DIMENSIONS", "classes_of", "keep", "keep_alone"]
MOST_DIMENSIONS = 1024
MOST_CLASSES = 100
NO_IMAGE = (1, 1, 1)
"""What stands for the shape of images in a run that has none and draws none."""
Report = Callable[[float, str], None]


def classes_of(labels: np.ndarray | None) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Labels as indices, and what the classes are called.

    Args:
        labels: whole numbers or words, (n,); None for none.

    Returns:
        int64 (n,), or None, and the names.

    Raises:
        CannotAdopt: if they are neither, or of too many classes.
    """
    if labels is None:
        return None, ()
    given = np.asarray(labels)
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.ndim != 1:
        raise CannotAdopt(f"the labels have the shape {given.shape}", "Bring one for each code.")
    is_whole = given.dtype.kind == "f" and bool(np.isfinite(given).all() and (given == np.rint(given)).all())
    if given.dtype.kind not in "iubUS" and not is_whole:
        raise CannotAdopt(f"the labels are of type {given.dtype}", "Bring whole numbers or words.")
    found, indices = np.unique(given.astype(np.int64) if is_whole else given, return_inverse=True)
    if len(found) > MOST_CLASSES:
        raise CannotAdopt(
            f"there are {len(found):,} classes, and {MOST_CLASSES} are the most", "Bring fewer, or no labels."
        )
    names = tuple(
        name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in found.tolist()
    )
    if wrong := [name for name in names if not (name.strip() and is_text(name))]:
        raise CannotAdopt(f"a class is called {quoted(wrong[0])}", f"Call it by {PLAIN}.")
    return indices.astype(np.int64), names


def keep(
    settings: Settings,
    dataset: str,
    model: DescribedModel | None,
    train: Images,
    test: Images,
    codes: tuple[np.ndarray | None, np.ndarray] | None,
    notes: Sequence[str],
    store: RunStore | None = None,
    report: Report | None = None,
) -> Run:
    """Measure a model, or codes, on images and keep it as a run.

    Args:
        settings: what to call it.
        dataset: name of the data set.
        model: what was described; None for codes alone.
        train: training images.
        test: test images.
        codes: of both, where there is no encoder; None where there is one.
        notes: how it was read.
        store: where to keep it; your own runs if not given.
        report: called with the share done and what comes next.

    Returns:
        The run; the one that is there already, where it is the same.
    """
    store = store or RunStore()
    digest = _digest(model, codes)
    latent_dim = model.latent_dim if model else codes[1].shape[1] if codes else 0
    config = _config(model, dataset, digest, latent_dim, settings.prior)
    with store.lock(config):
        if found := _found(store, config):
            return found
        shape = test.pixels.shape[1:]
        if codes is None:
            assert model, "codes come from somewhere"
            weights, layers = _weights(model, _encoded(model, test))
            result = evaluation.evaluate(
                model, train, test, report, baselines.kept(config, train, test, store)
            )
            arrays, numbers = result.codes, result.metrics
            cells = None
        else:
            weights, layers = _weights(model, codes[1]) if model else ({}, _NONE)
            context = CodesContext(
                codes[1],
                codes[0],
                train,
                test,
                prior=settings.prior,
                decode=model and (lambda z, _: inference.decode(model, z)),
                is_labelled=test.labels is not None,
                held_against=lambda: baselines.kept(config, train, test, store),
                report=report,
            )
            arrays, numbers, cells = _measured(context, test.labels, with_errors=model is not None)
        about = _about(settings, config, model, tuple(test.classes), shape, layers)
        return _write(store, config, weights, arrays, numbers, about, settings, notes, cells)


def keep_alone(
    settings: Settings,
    codes: np.ndarray,
    labels: np.ndarray | None,
    classes: tuple[str, ...],
    notes: Sequence[str],
    store: RunStore | None = None,
    *,
    columns: Sequence[Column] = (),
    model: DescribedModel | None = None,
    shape: tuple[int, int, int] = NO_IMAGE,
    report: Report | None = None,
) -> Run:
    """Keep codes without images as a run, with a decoder where there is one.

    Args:
        settings: what to call it.
        codes: float32 (n, d).
        labels: classes (n,); None for none.
        classes: their names.
        notes: what was made of them.
        store: where to keep it; your own runs if not given.
        columns: what else is known of each code.
        model: what decodes them; None for nothing.
        shape: (h, w, c) of what it draws.
        report: called with the share done and what comes next.

    Returns:
        The run.
    """
    store = store or RunStore()
    digest = _digest(model, (labels, codes), columns)
    dataset = f"{settings.name}_{digest[:10]}"  # as imported ones are called; there is none of it
    config = _config(model, dataset, digest, codes.shape[1], settings.prior)
    with store.lock(config):
        if found := _found(store, config):
            return found
        weights, layers = _weights(model, codes) if model else ({}, _NONE)
        none, blank = Images(np.zeros((0, *NO_IMAGE), np.uint8)), np.zeros((len(codes), *NO_IMAGE), np.uint8)
        context = CodesContext(
            codes,
            None,
            none,
            Images(blank, labels, classes),
            prior=settings.prior,
            has_images=False,
            is_labelled=labels is not None,
            report=report,
        )
        arrays, numbers, cells = _measured(context, labels, with_errors=False)
        arrays |= {f"{COLUMN}{place}": column.values for place, column in enumerate(columns)}
        about = _about(settings, config, model, classes, shape, layers)
        if columns:
            about[COLUMNS] = [{"name": column.name, "words": list(column.words)} for column in columns]
        return _write(store, config, weights, arrays, numbers, about, settings, notes, cells)


_NONE: dict[str, Any] = {"layers": []}


def _digest(
    model: DescribedModel | None,
    arrays: Sequence[np.ndarray | None] | None,
    columns: Sequence[Column] = (),
) -> str:
    """SHA-256 of all that a run is made of."""
    found = hashlib.sha256()
    if model:
        records = [export.decoder_layers(model), export.encoder_layers(model)]
        found.update(json.dumps(records).encode())
        for name, tensor in model.state_dict().items():
            found.update(name.encode() + tensor.numpy().tobytes())
    for array in arrays or ():
        found.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
    for column in columns:
        found.update(json.dumps([column.name, *column.words]).encode() + column.values.tobytes())
    return found.hexdigest()


def _config(
    model: DescribedModel | None, dataset: str, digest: str, latent_dim: int, prior: str | None
) -> RunConfig:
    variant, what = (ADOPTED, "model") if model else (CODES, "codes")
    options = {what: digest[:16], **({"prior": prior} if prior else {})}
    return RunConfig(variant=variant, dataset=dataset, options=options, latent_dim=latent_dim, epochs=1)


def _found(store: RunStore, config: RunConfig) -> Run | None:
    from aecore.runs import Run

    try:
        found = store.find(config)
    except RunDamaged:  # it is written anew
        return None
    return found and Run(found)


def _encoded(model: DescribedModel, test: Images) -> np.ndarray:
    found = inference.encode(model, inference.on_device(test, torch.device("cpu"))).mean.numpy()
    if not np.isfinite(found).all() or np.abs(found).max() > LARGEST:
        raise CannotAdopt(
            "the encoder gives codes of these images that are too large, or not finite",
            "Set pixels to the range that it was trained on.",
        )
    return found


def _weights(model: DescribedModel, codes: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The weights as they are stored, which the model has from now on, and the records that name them."""
    weights = finalize.storable_weights(model, codes, None)
    model.load_state_dict({name: torch.tensor(array).float() for name, array in weights.items()})
    layers, encoder = export.decoder_layers(model), export.encoder_layers(model)
    height_width = inference.decode(model, codes[:1]).shape[1:]
    replayed = described.build(
        json.loads(json.dumps(layers)),
        encoder and json.loads(json.dumps(encoder)),
        weights,
        model.latent_dim,
        height_width,
    )
    agreement.check_replay(model, replayed, codes[:64].astype(np.float32))
    return weights, {"layers": layers, **({ENCODER: encoder} if encoder is not None else {})}


def _measured(
    context: CodesContext, labels: np.ndarray | None, with_errors: bool
) -> tuple[dict[str, np.ndarray], dict[str, float], dict[str, np.ndarray]]:
    """What is stored of codes, every number that they have, and how they fill the prior's cells."""
    numbers = metrics.measure(context)
    arrays = {"codes": context.codes}
    if with_errors:
        arrays["errors"] = context.errors
    if labels is not None:
        arrays["labels"] = labels.astype(np.int16)
    has = frozenset(context.has)
    lacking = additions.lacking_coverage(
        numbers, context.latent_dim, context.prior, is_labelled=labels is not None, has=has
    )
    cells = {
        f"cells{ending}": cell_shares(context.against(ending)[0])
        for ending in ("", WHITENED)
        if f"cells{ending}" in lacking
    }
    return evaluation.slim(arrays), numbers, cells


def _about(
    settings: Settings,
    config: RunConfig,
    model: DescribedModel | None,
    classes: tuple[str, ...],
    shape: Sequence[int],
    layers: Mapping[str, Any],
) -> dict[str, Any]:
    is_known = config.dataset in datasets.names()
    return {
        "title": TITLES[config.variant],
        "data_title": datasets.title(config.dataset) if is_known else settings.title or settings.name,
        "classes": list(classes),
        "image_shape": list(shape),
        "prior": settings.prior,
        "labels": "",
        "networks": summary.networks(model, config.latent_dim) if model else {},
        **layers,
        "parameters": sum(tensor.numel() for tensor in model.state_dict().values()) if model else 0,
        "seconds": 0.0,
        "machine": "elsewhere",
        "created": datetime.datetime.now(datetime.UTC).isoformat(),
        "aecore": aecore.__version__,
    }


def _write(
    store: RunStore,
    config: RunConfig,
    weights: Mapping[str, np.ndarray],
    arrays: Mapping[str, np.ndarray],
    numbers: Mapping[str, float],
    about: Mapping[str, Any],
    settings: Settings,
    notes: Sequence[str],
    cells: Mapping[str, np.ndarray] | None,
) -> Run:
    from aecore.runs import Run

    note = "\n".join(notes)[:LONGEST_NOTE]
    finished = FinishedRun(
        config,
        weights,
        arrays,
        [],
        numbers,
        about,
        annotation=Annotation(settings.title or settings.name, note),
    )
    run = store.write(finished)
    try:
        archive_validation.check(run)
    except RunDamaged as error:
        store.delete(run)
        raise CannotAdopt(
            f"its run could not be read again: {error.what}", "Bring narrower layers."
        ) from error
    if cells:
        cache.write(run, *additions.COVERAGE, dict(cells), store)
    return Run(run)
