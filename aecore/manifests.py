"""The manifest of a stored run: what it must say, and whether a folder keeps what it says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aecore.config import RunConfig
from aecore.errors import AecoreError, RunDamaged, RunTooNew

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
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["format"] > FORMAT:
            raise RunTooNew(path, manifest["format"], FORMAT)
        if manifest["format"] == 1:
            manifest = {"labels": "", "networks": {}} | manifest
        if wrong := _misfits(manifest):
            raise RunDamaged(path, f"{MANIFEST} lacks or garbles {', '.join(wrong)}")
        config = RunConfig.from_json(manifest["config"])
        kept = [*FILES, *(name for name in OPTIONAL if name in manifest["files"])]
        sizes = {name: manifest["files"][name]["bytes"] for name in kept if manifest["files"][name]["sha256"]}
    except OSError as error:
        raise RunDamaged(path, f"{MANIFEST} cannot be read ({error.strerror})") from error
    except (RunTooNew, RunDamaged):
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, AecoreError) as e:
        raise RunDamaged(path, f"{MANIFEST} does not make sense ({e})") from e
    if manifest["run_id"] != run_id:
        raise RunDamaged(path, f"its manifest is that of {manifest['run_id']}")
    for name, size in sizes.items():
        file = folder / name
        try:
            found = file.stat().st_size if file.is_file() else None
        except OSError:  # gone between the two
            found = None
        if found != size:
            what = f"{name} is missing" if found is None else f"{name} has {found} of {size} bytes"
            raise RunDamaged(path, what)
    return manifest, config


def _misfits(manifest: Mapping[str, Any]) -> list[str]:
    """Names of the entries that are missing or of the wrong type."""
    wrong = [name for name, kind in ENTRIES.items() if not isinstance(manifest.get(name, ...), kind)]
    items = {"classes": str, "image_shape": int, "layers": dict}
    wrong += [
        name for name, kind in items.items() if not all(isinstance(v, kind) for v in manifest.get(name, ()))
    ]
    return wrong if wrong or len(manifest["image_shape"]) == 3 else ["image_shape"]
