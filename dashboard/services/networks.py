"""Whole models, and classifiers, for a browser that denoises with them: it fetches each once and keeps it."""

import functools
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aecore import datasets
from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.components.denoiser_cards import pack_network
from dashboard.services import engine
from dashboard.services.immutable_responses import compressed, reads, respond

PATH = "networks"
JUDGE = "judge."
"""What a classifier's name begins with, before its data set's; no run's does."""
MOST_PARAMETERS = 10_000_000
"""Of a model that is sent: 20 MB in half precision. The shipped ones have up to 1.1 million."""
KEPT = 24


def address(run: StoredRun) -> str | None:
    """Where a browser finds a run; None where it is too large to be sent."""
    if run.manifest["parameters"] > MOST_PARAMETERS:
        return None
    return f"{PATH}/{run.run_id}/{_version(run)}"


def judge_address(dataset: str) -> str | None:
    """Where a browser finds the classifier of a data set; None where there is none yet."""
    path = engine.judge_path(dataset)
    return None if path is None else f"{PATH}/{JUDGE}{dataset}/{_digest(path, path.stat().st_mtime_ns)}"


def _version(run: StoredRun) -> str:
    return str(run.manifest["files"]["weights.safetensors"]["sha256"])[:16]


@functools.lru_cache(maxsize=8)
def _digest(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@functools.lru_cache(maxsize=KEPT)
def _packed_run(path: Path, version: str, shape: tuple[int, int, int]) -> bytes:
    return compressed(pack_network(engine.network(path), shape=shape))


@functools.lru_cache(maxsize=KEPT)
def _packed_judge(dataset: str, version: str, shape: tuple[int, int, int]) -> bytes:
    return compressed(pack_network(engine.judge_network(dataset), shape=shape))


def _found(name: str, version: str) -> bytes | None:
    try:
        if name.startswith(JUDGE):
            dataset = name.removeprefix(JUDGE)
            is_known = dataset in datasets.names() and judge_address(dataset) == f"{PATH}/{name}/{version}"
            extent = datasets.extent(dataset) if is_known else None
            return _packed_judge(dataset, version, _channels_first(extent[0])) if extent else None
        for run in reads().listing().runs:
            if address(run) == f"{PATH}/{name}/{version}":
                reads().check(run)
                return _packed_run(run.path, version, _channels_first(run.image_shape))
    except (AecoreError, TypeError):  # a file was altered, or it has a layer that a browser does not know
        return None
    return None


def _channels_first(shape: tuple[int, ...]) -> tuple[int, int, int]:
    height, width, channels = shape
    return channels, height, width


async def _answer(request: Request) -> Response:
    """A network, or 404 where there is none such."""
    return await respond(_found, request.path_params["name"], request.path_params["version"])


def route(base: str = "") -> Route:
    """How the server answers for networks: by a run's id, or a classifier's name, and the weights' hash.

    Args:
        base: path under which the server stands, "" or as "/lab".

    Returns:
        The route; it answers 404 for what there is no network of.
    """
    return Route(f"{base}/{PATH}/{{name}}/{{version}}", _answer)
