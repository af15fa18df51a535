"""An ASGI application asked without a server."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.types import Message


def run(work: Coroutine) -> Any:
    """What comes of it, in a thread of its own: a browser of other tests has the event loop of this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def ask(app: Callable, path: str = "/static/js/a.js", method: str = "GET", **headers: str) -> tuple:
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    given = {"accept-encoding": "gzip, deflate, br"} | {k.replace("_", "-"): v for k, v in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw}
    await app(scope, None, send)
    about = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return said[0]["status"], about, b"".join(message.get("body", b"") for message in said[1:])
