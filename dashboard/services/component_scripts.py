"""The scripts of large components, for a browser: it fetches each once and keeps it."""

import functools

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.components import bundling
from dashboard.services.immutable_responses import compressed, respond


@functools.lru_cache(maxsize=16)
def _compressed(digest: str) -> bytes:
    return compressed(bundling.SCRIPTS[digest].encode())


def _found(digest: str) -> bytes | None:
    return _compressed(digest) if digest in bundling.SCRIPTS else None


async def _answer(request: Request) -> Response:
    """A script, or 404 where no component that was shown has it."""
    return await respond(_found, request.path_params["digest"], media_type="text/javascript")


def route(base: str = "") -> Route:
    """How the server answers for scripts: by their hash.

    Args:
        base: path under which the server stands, "" or as "/lab".

    Returns:
        The route; it answers 404 for what there is no script of.
    """
    bundling.ARE_SERVED.append(base)
    return Route(f"{base}/{bundling.SCRIPT_PATH}/{{digest}}", _answer)
