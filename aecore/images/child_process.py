"""How a module of ours is started as a process of its own, which reads what nobody trusts."""

import os
import sys
from pathlib import Path

_FEW_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module with this Python.

    Args:
        module: its full name.
        *arguments: what it is given.

    Returns:
        Words for `subprocess`.
    """
    return [sys.executable, "-m", module, *arguments]


def environment() -> dict[str, str]:
    """The environment in which it finds our package from any folder, and computes on one thread."""
    paths = [str(Path(__file__).resolve().parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | _FEW_THREADS | {"PYTHONPATH": os.pathsep.join(paths)}
