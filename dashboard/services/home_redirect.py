"""HomeRedirect: the root leads to the first page, which the navigation can then mark as the one shown."""

from starlette.types import ASGIApp, Receive, Scope, Send


class HomeRedirect:
    """ASGI middleware that answers the root with the way to a page."""

    def __init__(self, app: ASGIApp, page: str, base: str = "") -> None:
        """Wrap an application.

        Args:
            app: what answers all else.
            page: the page's name in the address.
            base: path under which the server stands, "" or as "/lab".
        """
        self.app = app
        self.root, self.page = f"{base}/", page.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what a link asks for goes along."""
        if scope["type"] != "http" or scope["path"] != self.root or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        query = scope["query_string"]
        place = self.page + (b"?" + query if query else b"")
        headers = [(b"location", place), (b"content-length", b"0"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
