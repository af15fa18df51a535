"""What a stored run must be, so that every page can show it: the door for runs that a stranger made.

The manifest is checked where it is read (`storage.manifests`). Here is the rest, each size held to what the
config and the data set imply before anything is read whole: the headers of the tensors, the codes, the
numbers, the epochs, and the decoder, from a code to an image. What no numbers without PyTorch can say,
whether the weights are those of the config, says `aecore.runs.check_model`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors

from aecore import datasets
from aecore.config import CODES as ALONE
from aecore.config import RunConfig, is_text
from aecore.datasets._faults import faults_of_columns
from aecore.decoder import Decoder, check_numbers, encoder_outline
from aecore.errors import AecoreError, NotStorable, RunChanged, RunDamaged
from aecore.metrics import catalog
from aecore.metrics._distances import LARGEST
from aecore.metrics._metric import ROUNDING
from aecore.storage import descriptions, manifests
from aecore.storage.descriptions import MALFORMED
from aecore.storage.manifests import COLUMNS, REWIND
from aecore.storage.records import MOST_TERMS
from aecore.storage.replay import MAX_BYTES, Rewind
from aecore.storage.run import StoredRun
from aecore.storage.tensors import CLASSES, COLUMN

WEIGHT_TYPES = {"F16", "F32", "F64", "I64"}
REWIND_TYPES = {"F16", "F32", "I8", "U8", "I32"}
MOST_OF_HEADER = 2**18
MOST_OF_REWIND_HEADER = MOST_OF_ABOUT = 2**20
"""Bytes of a file's list of tensors, and of the JSON in a rewind: both are read as a whole."""
MOST_EXPANDED = 4 * MAX_BYTES
"""Bytes of the codes and decoders of all epochs of a rewind once they are read, beside the run's own. The
longest rewind comes to half of that, where its codes were half as wide on disk."""
MOST_WORK, FREE_WORK = 4, 2**16
"""How many times as many products as the run's own decoder that of an epoch may take, and how many it may in
any case."""
MOST_STAGES = 80
BYTES_OF_TERM, BYTES_OF_EPOCH = 80, 400
"""Of a history, at most: per loss term and epoch, and for the rest of an epoch's record."""
MOST_OF_METRICS = 2**18
MOST_IMAGES = 200_000
"""Test images of a data set that does not say how many it has."""
RANGES = {"errors": (0.0, LARGEST), "kl": (-ROUNDING, LARGEST**2), "log_var": (-100.0, 80.0)}
"""The least and the most of what is stored beside the codes: squares of what is at most LARGEST,
and variances that are neither 0 nor infinite in float32; `models.losses.LOG_VAR_RANGE` is narrower."""
BLOCK = 2**22
"""Numbers that are looked at at a time."""


def check(run: StoredRun, with_epochs: bool = True) -> None:
    """See that a run is what pages and commands take it for.

    Args:
        run: its manifest read, its files verified or not.
        with_epochs: whether those to look back at are read too, which are most of its bytes.

    Raises:
        RunDamaged: if anything in it is not, with the first thing that is not.
        RunChanged: if it was replaced or deleted meanwhile.
    """
    try:
        _check_all(run, with_epochs)
    except AecoreError:
        raise
    except OSError as error:
        if run.path.exists():
            raise RunDamaged(run.path, f"a file of it cannot be read ({error})") from error
        raise RunChanged(run.path) from error
    except MALFORMED as error:  # whatever a stranger thinks of next
        raise RunDamaged(run.path, f"it does not make sense ({error})") from error


def _check_all(run: StoredRun, with_epochs: bool) -> None:
    if extent := datasets.extent(run.config.dataset):  # else nothing is known of its images here
        _check_sizes(run)
        _check_dataset(run, extent[0])
    _check_history(run)
    _check_metrics(run)
    shapes = _check_weights(run)
    _check_codes(run)
    if not run.config.is_trained:
        _check_adopted(run, shapes)
    if run.config.variant != ALONE:
        _check_decoder(run, shapes)
    has_classes = "conditions" in run.arrays
    what = "its decoder takes a class and its codes name none, or the other way round"
    _check(run, bool(run.decoder.classes) == has_classes, what)
    if run.has_rewind and with_epochs:
        _check_rewind(run)


def check_about(about: Mapping[str, Any], config: RunConfig, shapes: Mapping[str, Sequence[int]]) -> None:
    """See, before a training begins, that its run will be read: its manifest, and its decoder as a whole.

    Args:
        about: the entries `ABOUT`, as far as they are known.
        config: what is trained.
        shapes: of its weights, by name.

    Raises:
        NotStorable: if it would not.
    """
    files = {name: {"bytes": 0, "sha256": "0" * 64} for name in manifests.FILES}
    whole = {
        "format": manifests.FORMAT,
        "run_id": config.run_id,
        "config": config.to_json(),
        **about,
        "files": files,
    }
    try:
        manifests.parse(json.dumps(whole).encode(), Path(config.run_id))
        like = config.latent_dim, len(about["classes"]), about["image_shape"]
        descriptions.check_decoder(about["layers"], shapes, *like)
    except (TypeError, ValueError) as error:  # RunDamaged is one
        raise NotStorable(config.run_id, getattr(error, "what", str(error))) from error


def largest(manifest: Mapping[str, Any], config: RunConfig) -> dict[str, int]:
    """The most bytes that each file of a run can have, by its manifest, its config and its data set.

    Args:
        manifest: whose entries make sense.
        config: the config in it, of a known data set.

    Returns:
        Bytes by the file's name.
    """
    extent = datasets.extent(config.dataset)
    codes = (extent[1] if extent else MOST_IMAGES) * (8 * config.latent_dim + 16)
    codes += 4 * config.latent_dim + MOST_OF_HEADER
    weights = 8 * manifest["parameters"] + MOST_OF_HEADER
    return {
        "weights.safetensors": weights,
        "codes.safetensors": codes,
        "history.json": config.epochs_to_do * (BYTES_OF_EPOCH + 2 * MOST_TERMS * BYTES_OF_TERM) + 100,
        "metrics.json": MOST_OF_METRICS,
        REWIND: MAX_BYTES + weights + codes + MOST_OF_REWIND_HEADER,
    }


def _check(run: StoredRun, is_so: bool, what: str) -> None:
    if not is_so:
        raise RunDamaged(run.path, what)


def _check_sizes(run: StoredRun) -> None:
    for name, most in largest(run.manifest, run.config).items():
        size = run.manifest["files"].get(name, {"bytes": 0})["bytes"]
        _check(run, size <= most, f"{name} has {size:,} bytes, and {most:,} are the most its config can make")


def _check_dataset(run: StoredRun, shape: tuple[int, ...]) -> None:
    """The classes and the shape of the images."""
    source = datasets.record(run.config.dataset)
    is_same = run.classes == tuple(source.classes)
    _check(run, is_same, f"its classes are not those of {source.title}")
    what = f"its images have the shape {list(run.image_shape)}, and those of {source.title} {list(shape)}"
    _check(run, run.image_shape == tuple(shape), what)


def _count(run: StoredRun, found: int) -> int:
    """How many test images there are; as many as were found where nothing is known of the data set."""
    extent = datasets.extent(run.config.dataset)
    return extent[1] if extent else found


def _check_history(run: StoredRun) -> None:
    """One record an epoch, whose terms are the same in training and test and within a stage."""
    if not run.config.is_trained:
        return _check(run, not run.history, "it was not trained here, and it has a history")
    epochs = run.config.epochs_to_do
    history = run.history
    what = f"its history has {len(history):,} epochs, and its config {epochs:,}"
    _check(run, [record["number"] for record in history] == list(range(1, epochs + 1)), what)
    stages: dict[str, set[str]] = {}
    last = ""
    for record in history:
        stage, terms = record.get("stage", "training"), set(record["test"])
        _check(run, stage == last or stage not in stages, f"its history goes back to the stage {stage!r}")
        is_same = set(record["train"]) == terms == stages.setdefault(stage, terms)
        _check(run, is_same, f"the loss terms of epoch {record['number']} are not those of its stage")
        last = stage
    every = set().union(*stages.values())
    _check(run, len(stages) <= MOST_STAGES, f"its history has {len(stages):,} stages")
    _check(run, len(every) <= MOST_TERMS, f"its history has {len(every):,} loss terms")


def _check_metrics(run: StoredRun) -> None:
    """Numbers by name, each of those that are known in its range."""
    for name, number in run.metrics.items():
        known = catalog().get(name)
        is_so = known is None or known.is_within(number, run.config.latent_dim)
        _check(run, is_so, f"its {name[:80]} is {number:.3g}")


def _tensors(run: StoredRun, file: str, most: int = MOST_OF_HEADER) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of each tensor of a file, whose numbers are not read."""
    path = run.path / file
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
        _check(run, length <= most, f"{file} is no safetensors file, or lists far too many tensors")
        with safetensors.safe_open(path, framework="numpy") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118  no mapping
            return {name: (one.get_dtype(), tuple(one.get_shape())) for name, one in slices.items()}
    except RunDamaged:
        raise
    except (OSError, safetensors.SafetensorError, ValueError, OverflowError) as error:
        raise RunDamaged(run.path, f"{file} is no safetensors file ({error})") from error


def _check_weights(run: StoredRun) -> dict[str, tuple[int, ...]]:
    """The weights, all of them numbers; their shapes by name."""
    found = _tensors(run, "weights.safetensors")
    for name, (kind, _) in found.items():
        _check(run, bool(name) and is_text(name), f"its weights have the name {name[:80]!r}")
        _check(run, kind in WEIGHT_TYPES, f"the weights {name[:80]!r} are of type {kind}")
    shapes = {name: shape for name, (_, shape) in found.items()}
    total, stated = sum(map(math.prod, shapes.values())), run.manifest["parameters"]
    _check(run, total == stated, f"it holds {total:,} parameters, and its manifest says {stated:,}")
    with safetensors.safe_open(run.path / "weights.safetensors", framework="numpy") as opened:
        for name, shape in shapes.items():
            is_finite = all(np.isfinite(block).all() for block in _blocks(opened, name, shape))
            _check(run, is_finite, f"the weights {name[:80]!r} are not all numbers")
    return shapes


def _blocks(opened: Any, name: str, shape: Sequence[int]) -> Any:
    """A tensor in pieces, so that a large one is not in memory as a whole."""
    if math.prod(shape) <= BLOCK:
        yield opened.get_tensor(name)
        return
    rows = max(1, BLOCK * shape[0] // math.prod(shape))
    for start in range(0, shape[0], rows):
        yield opened.get_slice(name)[start : min(start + rows, shape[0])]  # it goes no further than the last


def _check_codes(run: StoredRun) -> None:
    found = _tensors(run, "codes.safetensors")
    first = found.get("codes", ("", ()))[1]
    count, width, classes = _count(run, first[0] if first else 0), run.config.latent_dim, len(run.classes)
    known = {
        "codes": (("F32", "F16"), (count, width)),
        "errors": (("F16", "F32"), (count,)),
        "log_var": (("F16", "F32"), (count, width)),
        "kl": (("F32",), (width,)),
    }
    columns = [f"{COLUMN}{place}" for place in range(len(run.manifest.get(COLUMNS, [])))]
    known |= dict.fromkeys(columns, (("F64",), (count,)))
    if classes:
        known |= dict.fromkeys(CLASSES, (("U8", "I16"), (count,)))
    for name in ("codes", *["errors"] * run.config.is_trained, *["labels"] * bool(classes), *columns):
        _check(run, name in found, f"codes.safetensors lacks {name}")
    for name, (kind, shape) in found.items():
        _check(run, name in known, f"codes.safetensors holds {name[:80]!r}, which is no part of a run")
        kinds, expected = known[name]
        what = (
            f"{name} in codes.safetensors are {kind} of shape {list(shape)}, and {list(expected)} is expected"
        )
        _check(run, kind in kinds and shape == expected and count > 1, what)
    faults = faults_of_columns(run.columns, count)
    _check(run, not faults, f"of its codes, {faults[0] if faults else ''}")
    for name in set(found).difference(columns):
        numbers = run.arrays[name]
        _check(run, bool(np.isfinite(numbers).all()), f"{name} in codes.safetensors are not all numbers")
        if name == "codes":
            _check_extent(run, numbers, "its latent codes")
        if name in RANGES:
            (least, most), low, high = RANGES[name], float(numbers.min()), float(numbers.max())
            run_from, may = f"run from {low:.3g} to {high:.3g}", f"not from {least:.3g} to {most:.3g}"
            _check(run, least <= low <= high <= most, f"{name} in codes.safetensors {run_from}, {may}")
        if name in CLASSES:
            is_class = bool(numbers.min() >= 0 and numbers.max() < classes)
            _check(run, is_class, f"{name} in codes.safetensors name classes beyond the {classes} there are")


def _check_extent(run: StoredRun, codes: np.ndarray, of: str) -> None:
    """Codes are within what distances can be measured of, as in training."""
    largest = float(np.abs(codes).max(initial=0))
    what = f"{of} reach to {largest:.0e}, and {LARGEST:.0e} is the most that is measured"
    _check(run, largest <= LARGEST, what)


def _check_decoder(run: StoredRun, shapes: Mapping[str, Sequence[int]]) -> int:
    """The run's own decoder, from a code to an image; how many products it takes."""
    layers, like = run.manifest["layers"], (run.config.latent_dim, len(run.classes), run.image_shape)
    try:
        found = descriptions.check_decoder(layers, shapes, *like)
        check_numbers(run.decoder)
    except ValueError as error:
        raise RunDamaged(run.path, getattr(error, "what", str(error))) from error
    return found.products


def _check_adopted(run: StoredRun, shapes: Mapping[str, Sequence[int]]) -> None:
    """What somebody brought: an encoder that leads from an image to a code, or codes and nothing else."""
    _check(run, not run.has_rewind, "it was not trained here, and it holds epochs")
    if run.config.variant == ALONE:
        _check(run, not run.has_decoder and not shapes, "it is of codes alone, and it holds a model")
        return
    if run.encoder is None:
        return
    height, width, channels = run.image_shape
    dimensions = run.config.latent_dim
    try:
        made = encoder_outline(run.encoder, shapes, (channels, height, width)).shapes[-1]
        check_numbers(Decoder(run.encoder, run.weights))
    except (ValueError, TypeError, KeyError) as error:
        raise RunDamaged(run.path, f"its encoder does not fit ({error})") from error
    what = f"its encoder gives the shape {list(made)}, and a code has {dimensions} numbers"
    _check(run, made in ((dimensions,), (2 * dimensions,)), what)


def _check_rewind(run: StoredRun) -> None:
    """The epochs, whose file says of itself whether it is whole."""
    path = run.path / REWIND
    found = _tensors(run, REWIND, MOST_OF_REWIND_HEADER)
    for name, (kind, _) in found.items():
        _check(run, kind in REWIND_TYPES, f"{name[:80]!r} in {REWIND} is of type {kind}")
    about = found.get("about", ("", (0,)))[1]
    _check(run, math.prod(about) <= MOST_OF_ABOUT, f"{REWIND} describes itself in {math.prod(about):,} bytes")
    rewind = Rewind(run, path)
    rows = rewind.rows  # raises where it names test images that there are not
    count = run.test_images if rows is None else len(rows)
    most = MOST_WORK * _check_decoder(run, {n: array.shape for n, array in run.weights.items()}) + FREE_WORK
    bytes_of_codes = 4 * count * run.config.latent_dim
    expanded = sum(rewind.decoder_bytes(epoch) + bytes_of_codes for epoch in rewind.epochs)
    allowed = MOST_EXPANDED + sum(array.nbytes for array in run.weights.values()) + bytes_of_codes
    _check(run, expanded <= allowed, f"its epochs unpack to {expanded:,} bytes, and {allowed:,} are the most")
    for epoch in rewind.epochs:
        work = rewind.products(epoch)
        what = f"of epoch {epoch}, its decoder takes {work:,} products, and {most:,} are the most"
        _check(run, work <= most, what)
        codes = rewind.codes(epoch)
        _check(run, bool(np.isfinite(codes).all()), f"epoch {epoch} is not all numbers")
        _check_extent(run, codes, f"the codes of epoch {epoch}")
        try:
            check_numbers(rewind.decoder(epoch))
        except ValueError as error:
            what = getattr(error, "what", f"of epoch {epoch}, {error}")
            raise RunDamaged(run.path, what) from error
