"""StaticCompression: what the server never changes is compressed once, and sent from memory.

Streamlit sends its scripts and styles as they lie on the disk, since its own compression would do the work
again for every visitor (`_should_bypass_gzip` in `streamlit.web.server.starlette`).
"""

import asyncio
import functools
import gzip
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
LEAST_BYTES = 1024
"""A shorter file fits one packet either way."""


class Answer(NamedTuple):
    """What the server said: its messages in order, compressed or as they were."""

    messages: list[Message]
    is_compressed: bool


class StaticCompression:
    """ASGI middleware that compresses each unchanging file when it is first asked for.

    Only answers that are called immutable are kept; their names hold a hash of their content, so there are as
    many as there are such files.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application; nothing is compressed yet."""
        self.app = app
        self._kept: dict[str, asyncio.Future[Answer]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no plain question for a static file passes as it is."""
        if not _is_plain(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:  # many ask at once: one of them has the work done
            self._kept[path] = asyncio.ensure_future(self._answer(scope, receive))
            self._kept[path].add_done_callback(functools.partial(self._forget_uncompressed, path))
        answer = await asyncio.shield(self._kept[path])  # one who leaves does not end it for the others
        for message in answer.messages:
            await send(dict(message, headers=list(message["headers"])) if "headers" in message else message)

    def _forget_uncompressed(self, path: str, answer: asyncio.Future[Answer]) -> None:
        if answer.cancelled() or answer.exception() or not answer.result().is_compressed:
            del self._kept[path]

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        said: list[Message] = []

        async def note(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, note)
        head, *parts = said
        body = b"".join(part.get("body", b"") for part in parts)
        if not _is_worth_it(head, len(body)):
            return Answer(said, is_compressed=False)
        packed = await asyncio.to_thread(gzip.compress, body, mtime=0)
        headers = MutableHeaders(raw=list(head["headers"]))
        headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(packed))
        headers.add_vary_header("Accept-Encoding")
        del headers["Accept-Ranges"]
        head = dict(head, headers=headers.raw)
        return Answer([head, {"type": "http.response.body", "body": packed}], is_compressed=True)


def _is_plain(scope: Scope) -> bool:
    """Whether a request asks for a whole static file, of a browser that unpacks."""
    if scope["type"] != "http" or scope["method"] != "GET" or "/static/" not in scope["path"]:
        return False
    headers = Headers(scope=scope)
    is_partial = any(name in headers for name in ("range", "if-none-match", "if-modified-since"))
    return "gzip" in headers.get("accept-encoding", "") and not is_partial


def _is_worth_it(head: Message, size: int) -> bool:
    headers = Headers(raw=head["headers"])
    return (
        head["status"] == 200
        and "immutable" in headers.get("cache-control", "")
        and "content-encoding" not in headers
        and headers.get("content-type", "").startswith(TYPES)
        and size >= LEAST_BYTES
    )
