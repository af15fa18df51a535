"""The command that serves the dashboard: dashboard; and its modules, for commands that need one."""

import contextlib
import os
import runpy
import signal
import socket
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from aecore.errors import BadValue, ExtraMissing

NEEDED = "streamlit>=1.67"


def dashboard(
    port: Annotated[int, typer.Option(help="Where it listens.", min=1, max=65535)] = 8501,
    host: Annotated[
        str, typer.Option(help="Who reaches it: 127.0.0.1, this machine alone; 0.0.0.0, all.")
    ] = "127.0.0.1",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only show what is stored: nothing is trained or changed.")
    ] = False,
) -> None:
    """Serve the dashboard until Ctrl-C, from whatever folder; the shipped runs and your own are in it."""
    _check_host(host)
    if find_spec("streamlit") is None:
        raise ExtraMissing("The dashboard", NEEDED)
    if read_only:
        os.environ["AECORE_READ_ONLY"] = "1"
    words = ["run", str(entry()), "--server.address", host, "--server.port", str(port)]
    sys.argv = ["streamlit", *words]
    # Ctrl-C is how it is meant to end. The server closes first, then raises the signal again; Streamlit would
    # make an error of it.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    runpy.run_module("streamlit", run_name="__main__")


def _check_host(host: str) -> None:
    """Raise `BadValue` where no server can listen; empty would be everywhere, and a dash begins an option."""
    places = []
    with contextlib.suppress(OSError, ValueError):
        places = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM) if host and host[0] != "-" else []
    if not any(_can_be_bound(*place) for place in places):
        raise BadValue("--host", host, "an IP address or a name of this machine, such as 127.0.0.1")


def _can_be_bound(family: int, kind: int, protocol: int, _: str, place: tuple[Any, ...]) -> bool:
    try:
        with socket.socket(family, kind, protocol) as tried:
            tried.bind(place)
    except OSError:
        return False
    return True


def imported(name: str) -> ModuleType:
    """A module of the dashboard that a command needs.

    Installed, its folder is called otherwise; in this process it is imported as in its own.

    Args:
        name: below `dashboard`.

    Returns:
        The module.
    """
    folder = entry().parent
    if "dashboard" not in sys.modules:
        spec = spec_from_file_location(
            "dashboard", folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None, "there is such a file"
        assert spec.loader is not None, "it is Python"
        sys.modules["dashboard"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["dashboard"])
    return import_module(f"dashboard.{name}")


def entry() -> Path:
    """The script that Streamlit runs: of the installed dashboard, else of the repository's.

    The core imports nothing of the dashboard; it knows where it lies.
    """
    root = Path(__file__).resolve().parents[2]
    installed = root / "aecore_dashboard"
    return (installed if installed.is_dir() else root / "dashboard") / "app.py"
