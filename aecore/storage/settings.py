"""Where runs lie, and whether anything may be written: what the environment says."""

import os
from pathlib import Path

import platformdirs

from aecore.errors import (
    ReadOnly,
)
from aecore.storage import atomic

_PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = (_PACKAGE if (_PACKAGE / "pretrained").is_dir() else _PACKAGE.parent) / "pretrained"
"""The runs that come with the product: installed, within the package; in the repository, beside it."""
DERIVED = ".derived"
"""Where derived results lie below a folder of runs; see `aecore.storage.cache`."""


def is_read_only() -> bool:
    """Whether what is stored is only shown: nothing is trained, imported, named or deleted."""
    return os.environ.get("AECORE_READ_ONLY", "").strip().lower() in ("1", "true", "yes", "on")


def check_writable(action: str) -> None:
    """Raise `ReadOnly` where what is stored is only shown.

    Args:
        action: what somebody wants to do, for the sentence, such as "training".

    Raises:
        ReadOnly: if AECORE_READ_ONLY is set.
    """
    if is_read_only():
        raise ReadOnly(action)


def user_root() -> Path:
    """Where this user's own runs lie: AECORE_RUNS, else a folder of this user's data."""
    return atomic.folder_of("AECORE_RUNS") or Path(platformdirs.user_data_dir("aecore")) / "runs"
