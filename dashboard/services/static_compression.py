"""StaticCompression: what the server never changes is compressed once, and sent from memory.

Streamlit sends its scripts and styles as they lie on the disk, since its own compression would do the work
again for every visitor (`_should_bypass_gzip` in `streamlit.web.server.starlette`).
"""

import asyncio
import functools
import gzip
import re
from collections import OrderedDict
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
LEAST_BYTES = 1024
"""A shorter file fits one packet either way."""
MOST_KEPT = 32_000_000
"""Bytes of paths and compressed answers that are kept: Streamlit's own take a third of that."""


class Answer(NamedTuple):
    """What the server said: its messages in order, compressed to so many bytes, or 0 as they were."""

    messages: list[Message]
    compressed: int


class StaticCompression:
    """ASGI middleware that compresses each unchanging file when it is first asked for.

    Only answers that are called immutable are kept; their names hold a hash of their content. One file has
    paths without an end (`/static/./a.js`, `/static//a.js`), so those that were asked for last are kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application; nothing is compressed yet."""
        self.app = app
        self._kept: OrderedDict[str, asyncio.Future[Answer]] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no plain question for a static file passes as it is."""
        if not _is_plain(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in self._kept:  # many ask at once: one of them has the work done
            self._kept[path] = asyncio.ensure_future(self._answer(scope, receive))
            self._kept[path].add_done_callback(functools.partial(self._keep_or_forget, path))
        self._kept.move_to_end(path)
        answer = await asyncio.shield(self._kept[path])  # one who leaves does not end it for the others
        for message in answer.messages:
            await send(dict(message, headers=list(message["headers"])) if "headers" in message else message)

    def _keep_or_forget(self, path: str, answer: asyncio.Future[Answer]) -> None:
        if answer.cancelled() or answer.exception() or not answer.result().compressed:
            del self._kept[path]
            return
        self._sizes[path] = len(path) + answer.result().compressed
        self._taken += self._sizes[path]
        while self._taken > MOST_KEPT:
            oldest = next(kept for kept in self._kept if kept in self._sizes)
            self._taken -= self._sizes.pop(oldest)
            del self._kept[oldest]

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        said: list[Message] = []

        async def note(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, note)
        head, *parts = said
        body = b"".join(part.get("body", b"") for part in parts)
        if not _is_worth_it(head, len(body)):
            return Answer(said, 0)
        packed = await asyncio.to_thread(gzip.compress, body, mtime=0)
        headers = MutableHeaders(raw=list(head["headers"]))
        headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(packed))
        headers.add_vary_header("Accept-Encoding")
        del headers["Accept-Ranges"]
        head = dict(head, headers=headers.raw)
        return Answer([head, {"type": "http.response.body", "body": packed}], len(packed))


def _is_plain(scope: Scope) -> bool:
    """Whether a request asks for a whole static file, of a browser that unpacks."""
    if scope["type"] != "http" or scope["method"] != "GET" or "/static/" not in scope["path"]:
        return False
    headers = Headers(scope=scope)
    is_partial = any(name in headers for name in ("range", "if-none-match", "if-modified-since"))
    return _unpacks_gzip(headers.get("accept-encoding", "")) and not is_partial


def _unpacks_gzip(accepted: str) -> bool:
    """Whether a list of encodings names gzip, and not with the weight 0, which refuses it (RFC 9110)."""
    for encoding in accepted.lower().split(","):
        name, _, weight = (part.strip() for part in encoding.partition(";"))
        if name == "gzip":
            return re.fullmatch(r"q\s*=\s*0(\.0*)?", weight) is None
    return False


def _is_worth_it(head: Message, size: int) -> bool:
    headers = Headers(raw=head["headers"])
    return (
        head["status"] == 200
        and "immutable" in headers.get("cache-control", "")
        and "content-encoding" not in headers
        and headers.get("content-type", "").startswith(TYPES)
        and size >= LEAST_BYTES
    )
