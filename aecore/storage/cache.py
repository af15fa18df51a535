"""Derived results: what was computed from a finished run, kept so that the second look is instant.

One file per result, in the folders that a RunStore looks in:

    <root>/.derived/<owner>/<kind>-<digest>.safetensors

`owner` is a run id, or the name of a data set for what needs no model; `kind` says what was computed;
the digest is of the settings it was computed with and, for a run, of its weights, so that a run which
was trained anew under its old name finds nothing stale. The settings stand in the file's metadata as
JSON, with the format's version. Writes are atomic, and nothing is unpickled.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from aecore.errors import BadValue
from aecore.storage import atomic, bounded
from aecore.storage.run import StoredRun
from aecore.storage.settings import DERIVED, check_writable
from aecore.storage.store import RunStore

FORMAT = 1
FOLDER = DERIVED
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,119}")

Arrays = dict[str, np.ndarray]


def read(
    owner: StoredRun | str, kind: str, settings: Mapping[str, Any], store: RunStore | None = None
) -> Arrays | None:
    """A result that was kept.

    Args:
        owner: a run, or the name of a data set.
        kind: what was computed, such as "holes".
        settings: what it was computed with: JSON values by name, every default filled in.
        store: where to look; your own runs and the shipped ones if not given.

    Returns:
        Its arrays by name; None where it was never computed or the file is damaged.

    Raises:
        BadValue: if owner or kind is no plain name.
    """
    name, described = _name(owner, kind, settings)
    for root in (store or RunStore()).roots:
        try:
            bounded.check_regular(root / FOLDER / name)
            with safetensors.safe_open(root / FOLDER / name, framework="numpy") as file:
                if (file.metadata() or {}).get("derived") == described:
                    return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  no mapping
        except (OSError, safetensors.SafetensorError, ValueError):
            continue  # not there or cut off: it is computed again
    return None


def path(
    owner: StoredRun | str, kind: str, settings: Mapping[str, Any], store: RunStore | None = None
) -> Path | None:
    """Where a result lies that is too large to be read as a whole.

    Args:
        owner: as in `read`.
        kind: as in `read`.
        settings: as in `read`.
        store: as in `read`.

    Returns:
        Its file, which may be damaged; None where it was never computed.

    Raises:
        BadValue: if owner or kind is no plain name.
    """
    name, _ = _name(owner, kind, settings)
    places = (root / FOLDER / name for root in (store or RunStore()).roots)
    return next((place for place in places if place.is_file()), None)


def is_any_kept(owner: str, kind: str, store: RunStore | None = None) -> bool:
    """Whether a result of a kind is there, whatever it was computed with: a look that opens no file.

    Args:
        owner: the name of a data set, or a run's id.
        kind: as in `read`.
        store: as in `read`.

    Returns:
        Whether there is one, which may be damaged or of other settings.

    Raises:
        BadValue: if owner or kind is no plain name.
    """
    _check_names(owner, kind)
    return any(
        next((root / FOLDER / owner).glob(f"{kind}-*.safetensors"), None)
        for root in (store or RunStore()).roots
    )


def write(
    owner: StoredRun | str,
    kind: str,
    settings: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    store: RunStore | None = None,
) -> Path:
    """Keep a result, in the folder that the store writes to.

    Args:
        owner: a run, or the name of a data set.
        kind: what was computed.
        settings: what it was computed with; JSON values by name.
        arrays: numbers by name.
        store: where to keep it; your own runs if not given.

    Returns:
        The file.

    Raises:
        BadValue: if owner or kind is no plain name.
        StoreNotWritable: if the folder cannot be written; nothing is left behind then.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("keeping results")
    root = (store or RunStore()).root
    name, described = _name(owner, kind, settings)
    whole = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
    content = safetensors.numpy.save(whole, metadata={"derived": described})
    final = root / FOLDER / name
    with atomic.writing(root):
        final.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_whole(final, content)
    return final


def _name(owner: StoredRun | str, kind: str, settings: Mapping[str, Any]) -> tuple[str, str]:
    """The file's name below the folder, and what its metadata must say."""
    about = {"format": FORMAT, "kind": kind, "settings": dict(settings)}
    if isinstance(owner, StoredRun):
        about["weights"] = owner.manifest["files"]["weights.safetensors"]["sha256"]
        owner = owner.run_id
    _check_names(owner, kind)
    described = json.dumps(about, sort_keys=True)
    digest = hashlib.sha256(described.encode()).hexdigest()[:12]
    return f"{owner}/{kind}-{digest}.safetensors", described


def _check_names(owner: str, kind: str) -> None:
    for part, value in (("owner", owner), ("kind", kind)):
        if not NAME.fullmatch(value):
            raise BadValue(part, value, "a plain name of small letters, digits, _ . and -")
