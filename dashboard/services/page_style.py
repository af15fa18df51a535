"""PageStyle: the style of frame and pages stands in the page from its first byte, so that nothing moves.

Streamlit would send it with the script's first run, a second after it has laid out the page by its own.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

END, BODY = b"</head>", b"<body>"


class PageStyle:
    """ASGI middleware that puts a style sheet into every HTML page."""

    def __init__(
        self, app: ASGIApp, styles: Sequence[Path], first: Callable[[Scope], bytes] = lambda scope: b""
    ) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            styles: files of CSS, in order.
            first: HTML that a page begins with, by what is asked for.
        """
        self.app = app
        self.first = first
        self.style = b"<style>" + b"\n".join(style.read_bytes() for style in styles) + b"</style>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; who asks for no page is answered as before."""
        if not _asks_for_page(scope):
            await self.app(scope, receive, send)
            return
        headers = [
            pair for pair in scope["headers"] if pair[0] != b"accept-encoding"
        ]  # a page has few kilobytes
        head: Message | None = None
        parts: list[bytes] = []

        async def add(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start" and _is_page(message):
                head = message
            elif head is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    await self._send(send, head, b"".join(parts).replace(BODY, BODY + self.first(scope), 1))

        await self.app(dict(scope, headers=headers), receive, add)

    async def _send(self, send: Send, head: Message, body: bytes) -> None:
        body = body.replace(END, self.style + END, 1)
        headers = MutableHeaders(raw=list(head["headers"]))
        headers["Content-Length"] = str(len(body))
        for name in ("ETag", "Last-Modified"):  # of the page alone: another version's would seem unchanged
            del headers[name]
        await send(dict(head, headers=headers.raw))
        await send({"type": "http.response.body", "body": body})


def _asks_for_page(scope: Scope) -> bool:
    is_asked = scope["type"] == "http" and scope["method"] == "GET"
    return is_asked and "text/html" in Headers(scope=scope).get("accept", "")


def _is_page(head: Message) -> bool:
    is_html = Headers(raw=head["headers"]).get("content-type", "").startswith("text/html")
    return head["status"] == 200 and is_html
