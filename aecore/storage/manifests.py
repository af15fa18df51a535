"""The manifest of a stored run: what it must say, and whether a folder keeps what it says.

It is the door for manifests and for configs from outside: what a page or a command reads of one is checked
here, each time a folder is listed, in a fraction of a millisecond.
"""

import contextlib
import datetime
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from aecore import datasets
from aecore.config import ADOPTED, CODES, NAME, PLAIN, RunConfig, is_text
from aecore.datasets._faults import LARGEST_SIDE, MOST_CLASSES, are_columns
from aecore.errors import AecoreError, RunDamaged, RunTooNew, UnknownName, quoted
from aecore.latent import priors
from aecore.models import cards
from aecore.storage import bounded

FORMAT = 2
MANIFEST = "manifest.json"
FILES = ("weights.safetensors", "codes.safetensors", "history.json", "metrics.json")
REWIND = "rewind.safetensors"
OPTIONAL = (REWIND,)
"""Files that a run may lack. What reads format 2 and does not know them opens the run without them."""
ENTRIES: dict[str, type | tuple[type, ...]] = {
    "run_id": str,
    "config": dict,
    "title": str,
    "data_title": str,
    "classes": list,
    "image_shape": list,
    "prior": (str, type(None)),
    "labels": str,
    "networks": dict,
    "layers": list,
    "parameters": int,
    "seconds": (int, float),
    "machine": str,
    "created": str,
    "aecore": str,
    "files": dict,
}
MARKS = ("imported", "measured")
"""Entries that only an imported run has: when it came, and when its numbers were measured here, if ever."""
ENCODER = "encoder"
"""An entry that only a run of an adopted model has: the layers of its encoder, described as `layers` are."""
COLUMNS = "columns"
"""An entry that only a run of codes alone has: the names and the words of what is known of each code."""
TITLES = {ADOPTED: "Adopted model", CODES: "Codes alone"}
"""What people call a run that was not trained here."""
MOST_BYTES = 2**20
"""Of a manifest, which is read as a whole; those there are have some 20 kB."""
SHA256 = re.compile(r"[0-9a-f]{64}")
TEXTS = ("title", "data_title", "labels", "machine", "aecore")
MOST_PARAMETERS = 2**40
MOST_SECONDS = 10 * 366 * 86_400
LAST_YEAR = 9998
"""A year before the last one that there is, so that what is reckoned from a time is one."""
MOST_NETWORKS, MOST_LAYERS, MOST_SIDES, WIDEST_LAYER = 16, 256, 4, 2**24
ABOUT = [name for name in ENTRIES if name not in ("run_id", "config", "files")]
"""The entries that training hands over; the store adds the rest."""


def read(folder: Path, run_id: str) -> tuple[dict[str, Any], RunConfig]:
    """The manifest in a folder, held against the folder's files at their sizes.

    Args:
        folder: where the run lies.
        run_id: what run it must be.

    Returns:
        The manifest, entries that an old format lacks filled in, and the config in it.

    Raises:
        RunDamaged: if the manifest or a file is missing, cut or of another run.
        RunTooNew: if it was written by a later version.
    """
    path = folder.with_name(run_id)  # what an error calls it, wherever it lies for the moment
    try:
        with bounded.opened(folder / MANIFEST) as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise RunDamaged(path, f"{MANIFEST} cannot be read ({error.strerror})") from error
    manifest, config = parse(content, path)
    if manifest["run_id"] != run_id:
        raise RunDamaged(path, f"its manifest is that of {manifest['run_id'][:120]}")
    for name in [*FILES, *(name for name in OPTIONAL if name in manifest["files"])]:
        file, size = folder / name, manifest["files"][name]["bytes"]
        try:
            found = file.stat().st_size if file.is_file() else None
        except OSError:  # gone between the two
            found = None
        if found != size:
            what = f"{name} is missing" if found is None else f"{name} has {found} of {size} bytes"
            raise RunDamaged(path, what)
    return manifest, config


def parse(content: bytes, path: Path) -> tuple[dict[str, Any], RunConfig]:
    """A manifest and the config in it: every entry there, and nothing in it that cannot be.

    Args:
        content: of the file; of a longer one its beginning, one byte more than is allowed.
        path: the run's folder, for the error.

    Returns:
        The manifest, entries that an old format lacks filled in, and the config.

    Raises:
        RunDamaged: if it is no manifest, or contradicts itself.
        RunTooNew: if it was written by a later version.
    """
    if len(content) > MOST_BYTES:
        raise RunDamaged(path, f"{MANIFEST} has more than the {MOST_BYTES:,} bytes that are allowed")
    try:
        manifest = json.loads(content)
        check_format(manifest["format"], FORMAT, path)
        if manifest["format"] == 1:
            manifest = {"labels": "", "networks": {}} | manifest
        if wrong := _misfits(manifest):
            raise RunDamaged(path, f"{MANIFEST} does not make sense: it lacks or garbles {', '.join(wrong)}")
        config = RunConfig.from_json(manifest["config"])
        what = next(_contradictions(manifest, config), "")
    except (RunTooNew, RunDamaged):
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, AecoreError) as e:
        raise RunDamaged(path, f"{MANIFEST} does not make sense ({e})") from e
    if what:
        raise RunDamaged(path, what)
    return manifest | _titles(config, manifest), config


def check_format(found: object, known: int, path: Path) -> None:
    """See that a file is of a format that there is.

    Args:
        found: what the file says.
        known: the latest that this version reads; the first is 1.
        path: the run's folder, for the error.

    Raises:
        RunTooNew: if it is of a later one.
        ValueError: if it is no whole number from 1 on.
    """
    if not is_count(found, math.inf) or not found:
        raise ValueError(f"its format is {quoted(found)}")
    if found > known:
        raise RunTooNew(path, found, known)


def _titles(config: RunConfig, manifest: Mapping[str, Any]) -> dict[str, str]:
    """What variant and data set are called here; a file from elsewhere may say what it likes.

    A variant without a card here, of a folder of somebody's own, keeps the title that it was stored with.
    """
    own = config.variant if "imported" in manifest else manifest["title"]
    titles = {"title": own, "data_title": datasets.title(config.dataset)}
    if not config.is_trained:
        titles["title"] = TITLES[config.variant]
        if config.dataset not in datasets.names():  # codes without images have no data set
            titles["data_title"] = manifest["data_title"]
    with contextlib.suppress(UnknownName):
        titles["title"] = cards.title(config.variant)
    return titles


def _misfits(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the entries that are missing or of the wrong type."""
    wrong = [name for name, kind in ENTRIES.items() if not isinstance(manifest.get(name, ...), kind)]
    items = {"classes": str, "image_shape": int, "layers": dict}
    wrong += [
        name for name, kind in items.items() if not all(isinstance(v, kind) for v in manifest.get(name, ()))
    ]
    if not wrong and len(manifest["image_shape"]) != 3:
        wrong.append("image_shape")
    return (
        wrong or [f"files, {name}" for name in FILES if name not in manifest["files"]] or _unsized(manifest)
    )


def _unsized(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the files of which it does not say how long they are and what their hash is."""
    return [
        f"files, {name[:80]!r}"
        for name, entry in manifest["files"].items()
        if not isinstance(entry, dict)
        or not is_count(entry.get("bytes"), MOST_PARAMETERS)
        or not isinstance(entry.get("sha256"), str)
        or not SHA256.fullmatch(entry["sha256"])
    ]


def _contradictions(manifest: Mapping[str, Any], config: RunConfig) -> Iterator[str]:
    """What cannot be in a manifest whose entries are of the right types, each as the end of a sentence."""
    yield from _unlike_images(manifest)
    for name in TEXTS:
        if not is_text(manifest[name]):
            yield f"the {name} in its manifest is not {PLAIN}"
    if not is_duration(manifest["seconds"]):
        yield "its seconds are no number"
    if not is_count(manifest["parameters"], MOST_PARAMETERS):
        yield "its parameters are no number"
    for name in ("created", *(name for name in MARKS if name in manifest)):
        moment(manifest[name])
    if manifest["prior"] is not None:
        priors.check(manifest["prior"], config.latent_dim)
    if len(manifest["layers"]) > MOST_LAYERS:
        yield f"its decoder has {len(manifest['layers']):,} layers"
    if not _are_layers(manifest.get(ENCODER, [])):
        yield f"its encoder is no list of up to {MOST_LAYERS:,} layers"
    if COLUMNS in manifest and not (config.variant == CODES and are_columns(manifest[COLUMNS])):
        yield "its columns are none"
    networks = manifest["networks"]
    are_drawn = all(NAME.fullmatch(name) and _is_network(layers) for name, layers in networks.items())
    if len(networks) > MOST_NETWORKS or not are_drawn:
        yield "its networks are no lists of layers"


def _unlike_images(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What cannot be said of classes and images."""
    classes, sides = manifest["classes"], manifest["image_shape"]
    if len(classes) > MOST_CLASSES:
        yield f"it has {len(classes):,} classes"
    if not all(map(is_text, classes)):
        yield f"the name of a class in its manifest is not {PLAIN}"
    if not all(is_count(side, LARGEST_SIDE) and side for side in sides) or sides[2] not in (1, 3):
        yield f"its images have the shape {str(sides)[:80]}, and a height, a width and 1 or 3 are expected"


def _are_layers(encoder: object) -> bool:
    """Whether these may be the layers of an encoder."""
    if not isinstance(encoder, list) or len(encoder) > MOST_LAYERS:
        return False
    return all(isinstance(layer, dict) for layer in encoder)


def moment(text: str) -> datetime.datetime:
    """The time in an entry of a manifest.

    Args:
        text: as `datetime.isoformat` writes it; other forms may hold any sign between day and hour.

    Returns:
        The time, in UTC where it does not say in which zone.

    Raises:
        ValueError: if it is written otherwise, or lies where no clock can be.
    """
    found = datetime.datetime.fromisoformat(text)
    if found.isoformat() != text or found.year > LAST_YEAR:
        raise ValueError(f"{text[:40]!r} is no time")
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def is_duration(value: object) -> TypeGuard[float]:
    """Whether it is a number of seconds that a training can take."""
    return is_number(value) and 0 <= value <= MOST_SECONDS


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a finite number that can be worked with."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def is_count(value: object, most: float) -> TypeGuard[int]:
    """Whether it is a whole number from 0 to `most`."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_network(layers: object) -> bool:
    """Whether these are the layers of a network, at least one, as its picture draws them."""
    return isinstance(layers, list) and 0 < len(layers) <= MOST_LAYERS and all(map(_is_drawn, layers))


def _is_drawn(layer: object) -> bool:
    if not isinstance(layer, dict) or not {"layer", "parameters"} <= set(layer):
        return False
    sides = layer.get("output", [])
    are_sides = isinstance(sides, list) and len(sides) <= MOST_SIDES
    are_sides = are_sides and all(is_count(side, WIDEST_LAYER) for side in sides)
    return is_text(layer["layer"]) and are_sides and is_count(layer["parameters"], MOST_PARAMETERS)
