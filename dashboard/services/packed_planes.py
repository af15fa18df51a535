"""What the latent plane shows of a run, for a browser: it fetches each run's once and keeps it."""

import functools
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.services.immutable_responses import compressed, reads, respond

PATH = "planes"
LEVEL = 1
"""Of the compression: weights in half precision hardly shrink, and whoever opens a run waits for it."""
KEPT = 24


def address(run: StoredRun) -> str:
    """Where a browser finds what the plane shows of a run.

    Args:
        run: a listed run.

    Returns:
        An address relative to the page's.

    Raises:
        RunDamaged: if the run cannot be shown.
    """
    return f"{PATH}/{run.run_id}/{_digest(run.path, _version(run))}"


def _version(run: StoredRun) -> str:
    """What changes whenever a run's files do."""
    return " ".join(str(file["sha256"]) for file in run.manifest["files"].values())


@functools.lru_cache(maxsize=2000)
def _digest(path: Path, version: str) -> str:
    return hashlib.sha256(reads().packed_plane(path)).hexdigest()[:16]


@functools.lru_cache(maxsize=KEPT)
def _compressed(path: Path, digest: str) -> bytes:
    return compressed(reads().packed_plane(path), LEVEL)


def _found(run_id: str, digest: str) -> bytes | None:
    try:
        run = next((run for run in reads().listing().runs if run.run_id == run_id), None)
        is_there = run is not None and reads().has_plane(run) and address(run) == f"{PATH}/{run_id}/{digest}"
        return _compressed(run.path, digest) if run and is_there else None
    except AecoreError:  # a file was altered, or the run went away a moment ago
        return None


async def _answer(request: Request) -> Response:
    """A run's plane, or 404 where there is none such."""
    return await respond(_found, request.path_params["run"], request.path_params["digest"])


def route(base: str = "") -> Route:
    """How the server answers for planes: by a run's id, and the hash of what is sent.

    Args:
        base: path under which the server stands, "" or as "/lab".

    Returns:
        The route; it answers 404 for what there is no plane of.
    """
    return Route(f"{base}/{PATH}/{{run}}/{{digest}}", _answer)
