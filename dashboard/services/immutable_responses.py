"""Responses that a browser keeps for good: compressed, at an address that holds a hash of what they hold."""

import asyncio
import gzip
from collections.abc import Callable
from types import ModuleType

from starlette.responses import Response

HEADERS = {
    "Content-Encoding": "gzip",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}


def reads() -> ModuleType:
    """`cached_reads`, imported when first needed: the server lists its routes before caches can be made."""
    from dashboard.services import cached_reads

    return cached_reads


def compressed(content: bytes, level: int = 6) -> bytes:
    """Content as HEADERS says that it travels; equal content gives equal bytes."""
    return gzip.compress(content, level, mtime=0)


async def respond(
    find: Callable[..., bytes | None], *words: str | int, media_type: str = "application/octet-stream"
) -> Response:
    """What is found, or 404 where there is none such.

    Args:
        find: gives compressed bytes, or None; called in a thread.
        *words: what it is asked.
        media_type: of what is found.

    Returns:
        The response.
    """
    found = await asyncio.to_thread(find, *words)
    if found is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    return Response(found, media_type=media_type, headers=HEADERS)
