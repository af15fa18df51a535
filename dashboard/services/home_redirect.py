"""HomeRedirect: the root leads to the first page, which the navigation can then mark as the one shown."""

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send


class HomeRedirect:
    """ASGI middleware that answers the root with the way to a page."""

    def __init__(
        self, app: ASGIApp, page: str, base: str = "", welcome: tuple[str, str] | None = None
    ) -> None:
        """Wrap an application.

        Args:
            app: what answers all else.
            page: the page's name in the address.
            base: path under which the server stands, "" or as "/lab".
            welcome: the query that a visitor without parameters is led to, once, and the cookie of those who
                were; nobody is welcomed if not given.
        """
        self.app = app
        self.root, self.page, self.welcome = f"{base}/", page.encode("ascii"), welcome

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what a link asks for goes along."""
        if scope["type"] != "http" or scope["path"] != self.root or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        query = scope["query_string"] or self._welcome(scope)
        place = self.page + (b"?" + query if query else b"")
        headers = [(b"location", place), (b"content-length", b"0"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _welcome(self, scope: Scope) -> bytes:
        """What the page is asked by somebody who comes for the first time and for nothing in particular."""
        if self.welcome is None:
            return b""
        query, seen = self.welcome
        return b"" if seen in cookie_parser(Headers(scope=scope).get("cookie", "")) else query.encode("ascii")
