"""SecurityHeaders: what every answer of the server tells the browser to refuse."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def _inline_scripts() -> str:
    """Sources that allow the scripts within Streamlit's own page, and no others, by their hashes."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)


POLICY = {
    "default-src": "'self'",
    # Components are blobs. The decoder multiplies in WebAssembly (`lib/decoder/products.js`), and its worker
    # has the page's policy: this lets it compile that, and no text as JavaScript. Where a proxy's own policy
    # refuses it, JavaScript multiplies.
    "script-src": f"'self' blob: 'wasm-unsafe-eval' {_inline_scripts()}",
    "worker-src": "'self' blob:",  # the decoder's
    "style-src": "'self' 'unsafe-inline'",  # Streamlit's styles are made in the page
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' data: blob:",  # nobody else's host, whatever a text on a page says
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",  # no other site shows the dashboard in a frame, to steer a click
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """ASGI middleware that puts HEADERS on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no HTTP passes as it is."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
