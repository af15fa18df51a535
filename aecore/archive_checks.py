"""What a run that a stranger made must say about itself before it may lie beside one's own."""

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import safetensors

from aecore import priors
from aecore.errors import AecoreError, BadArchive
from aecore.frames import MOST_FRAMES, tensor_names
from aecore.manifests import REWIND
from aecore.rewinds import Rewind
from aecore.store import StoredRun

WORDS = ("title", "data_title", "labels", "machine", "aecore")
LONGEST_WORD = 200
MARKUP = set("<>[]`\\")
"""Signs that a page could take for a link, a picture or code."""
MOST_CLASSES, MOST_LAYERS, LARGEST_SIDE = 1000, 1000, 65_536
TENSORS = ("weight", "bias", "mean", "variance", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
"""Parts of a layer that name a tensor; see `aecore.export`."""
WEIGHT_TYPES = {"F16", "F32", "F64", "I64"}


def _check(is_so: bool, what: str) -> None:
    if not is_so:
        raise BadArchive(what)


def check_words(run: StoredRun) -> None:
    """What the manifest says for people.

    Args:
        run: the run, its manifest of the right types.

    Raises:
        BadArchive: if a text is no plain text, or a number none that there can be.
    """
    manifest, config = run.manifest, run.config
    for name in WORDS:
        _check(_is_plain(manifest[name]), f"the {name} in its manifest is no plain text")
    for value in manifest["classes"]:
        _check(_is_plain(value), "the name of a class in its manifest is no plain text")
    _check(1 <= len(manifest["classes"]) <= MOST_CLASSES, f"it has {len(manifest['classes']):,} classes")
    try:
        datetime.datetime.fromisoformat(manifest["created"])
        if manifest["prior"] is not None:
            priors.check(manifest["prior"], config.latent_dim)
    except (ValueError, AecoreError) as error:
        raise BadArchive(f"its manifest does not make sense ({error})") from error
    sides = manifest["image_shape"]
    _check(
        all(_is_count(side, LARGEST_SIDE) and side for side in sides), f"its images have the shape {sides}"
    )
    _check(_is_number(manifest["seconds"]) and manifest["seconds"] >= 0, "its seconds are no number")
    _check(all(_is_setting(value) for value in config.options.values()), "its options are no plain values")
    for layers in manifest["networks"].values():
        _check(
            isinstance(layers, list) and all(map(_is_drawn, layers)), "its networks are no lists of layers"
        )


def check_numbers(run: StoredRun) -> None:
    """The history and the metrics.

    Args:
        run: the run.

    Raises:
        BadArchive: if they are not what `aecore.store` describes.
        RunDamaged: if they cannot be read.
    """
    _check(
        isinstance(run.history, list) and all(map(_is_epoch, run.history)), "its history is no list of epochs"
    )
    _check(_are_numbers(run.metrics) and "mse" in run.metrics, "its metrics are no numbers by name")


def check_arrays(run: StoredRun) -> None:
    """Weights, codes and what comes with them, and the decoder for the browser.

    Args:
        run: the run, its files verified.

    Raises:
        BadArchive: if a file does not open, a shape does not fit, or a layer names what is not there.
    """
    shapes = {}
    for name, (kind, shape) in _tensors(run, "weights.safetensors").items():
        _check(kind in WEIGHT_TYPES, f"the weights {name[:80]!r} are of type {kind}")
        shapes[name] = shape
    total = sum(math.prod(shape) for shape in shapes.values())
    stated = run.manifest["parameters"]
    _check(total == stated, f"it holds {total:,} parameters, and its manifest says {stated:,}")
    _check_codes(run)
    _check_layers(run.manifest["layers"], shapes)
    if run.has_rewind:
        _check_rewind(run)


def _tensors(run: StoredRun, file: str) -> dict[str, tuple[str, Sequence[int]]]:
    """Type and shape of each tensor of a file, whose numbers are not read."""
    try:
        with safetensors.safe_open(run.path / file, framework="numpy") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118  no mapping
            return {name: (one.get_dtype(), one.get_shape()) for name, one in slices.items()}
    except (safetensors.SafetensorError, ValueError, OverflowError) as error:
        raise BadArchive(f"{file} is no safetensors file ({error})") from error


def _check_codes(run: StoredRun) -> None:
    found = _tensors(run, "codes.safetensors")
    count = found["codes"][1][0] if len(found.get("codes", ("", ()))[1]) == 2 else 0
    width, classes = run.config.latent_dim, len(run.classes)
    known = {
        "codes": (("F32", "F16"), [count, width]),
        "labels": (("U8", "I16"), [count]),
        "errors": (("F16", "F32"), [count]),
        "log_var": (("F16", "F32"), [count, width]),
        "kl": (("F32",), [width]),
        "conditions": (("U8", "I16"), [count]),
    }
    for name in ("codes", "labels", "errors"):
        _check(name in found, f"codes.safetensors lacks {name}")
    for name, (kind, shape) in found.items():
        _check(name in known, f"codes.safetensors holds {name[:80]!r}, which is no part of a run")
        kinds, expected = known[name]
        _check(
            kind in kinds and list(shape) == expected and count > 0,
            f"{name} in codes.safetensors are {kind} of shape {list(shape)}, and {expected} is expected",
        )
    for name in found:
        numbers = run.arrays[name]
        _check(bool(np.isfinite(numbers).all()), f"{name} in codes.safetensors are not all numbers")
        if name in ("labels", "conditions"):
            is_class = numbers.min() >= 0 and numbers.max() < classes
            _check(bool(is_class), f"{name} in codes.safetensors name classes beyond the {classes} there are")


def _check_rewind(run: StoredRun) -> None:
    """The epochs, whose file says of itself whether it is whole."""
    _tensors(run, REWIND)
    rewind = Rewind(run, run.path / REWIND)
    _check(rewind.rows is None or len(rewind.rows) > 0, "its epochs are of no test image")
    _check(len(rewind.epochs) <= MOST_FRAMES, f"it has {len(rewind.epochs):,} epochs to look back at")
    for epoch, error in zip(rewind.epochs, rewind.test_errors, strict=True):
        _check(0 <= epoch <= 10**9, f"there is no epoch {epoch}")
        is_known = error is None or _is_number(error)
        loss = rewind.decoder_error(epoch)
        is_known = is_known and (loss is None or _is_number(loss))
        _check(is_known and bool(np.isfinite(rewind.codes(epoch)).all()), f"epoch {epoch} is not all numbers")
        layers = rewind.layers(epoch)
        _check_layers(layers, dict.fromkeys(tensor_names(layers), ()))


def _check_layers(layers: Sequence[Mapping[str, Any]], shapes: Mapping[str, Sequence[int]]) -> None:
    _check(len(layers) <= MOST_LAYERS, f"its decoder has {len(layers):,} layers")
    for layer in layers:
        _check(isinstance(layer.get("type"), str), "a layer of its decoder has no type")
        for part, value in layer.items():
            if part in TENSORS:
                is_there = isinstance(value, str) and value in shapes
                _check(is_there, f"its decoder names {str(value)[:80]!r}, which is none of its weights")
            elif part != "type":
                of = value if isinstance(value, list) else [value]
                is_plain = all(_is_number(one) and abs(one) <= LARGEST_SIDE for one in of)
                _check(is_plain, f"the {part[:40]} of a layer of its decoder is {str(value)[:80]}")


def _is_plain(value: object) -> bool:
    """Whether it is a line of text that says nothing but itself."""
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_WORD
        and value.isprintable()
        and not MARKUP & set(value)
    )


def _is_number(value: object) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and abs(value) < 1e300 and math.isfinite(value)


def _is_count(value: object, most: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _are_numbers(values: object) -> bool:
    """Whether these are finite numbers by plain names."""
    return isinstance(values, dict) and all(
        _is_plain(name) and _is_number(one) for name, one in values.items()
    )


def _is_setting(value: object) -> bool:
    """Whether an option has a value that options have."""
    if isinstance(value, tuple):
        return len(value) <= MOST_LAYERS and all(map(_is_number, value))
    return isinstance(value, bool) or _is_plain(value) or _is_number(value)


def _is_epoch(record: object) -> bool:
    if not isinstance(record, dict) or not {"number", "seconds", "train", "test"} <= set(record):
        return False
    is_counted = _is_count(record["number"], 1e9) and _is_number(record["seconds"])
    return (
        is_counted
        and _is_plain(record.get("stage", ""))
        and all(map(_are_numbers, (record["train"], record["test"])))
    )


def _is_drawn(layer: object) -> bool:
    """Whether it is a layer as the picture of a network draws it."""
    if not isinstance(layer, dict) or not {"layer", "output", "parameters"} <= set(layer):
        return False
    sides: Iterable[Any] = layer["output"] if isinstance(layer["output"], list) else [None]
    are_sides = all(_is_count(side, 1e9) for side in sides)
    return _is_plain(layer["layer"]) and are_sides and _is_count(layer["parameters"], 1e12)
