"""HomeRedirect: the root leads to the first page, which the navigation can then mark as the one shown.

An address below a page leads to that page: Streamlit would answer it with a page whose scripts, which lie
beside it, are not found.
"""

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HomeRedirect:
    """ASGI middleware that answers the root, and what lies below a page, with the way to a page."""

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
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif scope["path"] == self.root.removesuffix("/") != "":
            # without its slash, where Starlette would name the host that the request claims
            await _lead(f"{scope['path'].rpartition('/')[2]}/".encode("ascii"), scope["query_string"], send)
        elif scope["path"] == self.root:
            await _lead(self.page, scope["query_string"] or self._welcome(scope), send)
        elif _is_below(scope["path"], self.root):
            await self._answer_below(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _answer_below(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Files are answered; in place of a page comes the way to the one above it."""
        name, *below = scope["path"].removeprefix(self.root).split("/")
        is_page = False

        async def lead(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                is_page = message["status"] == 200 and kind.startswith("text/html")
                if is_page:
                    place = "../" * len(below) + quote(name)
                    await _lead(place.encode("ascii"), scope["query_string"], send)
            if not is_page:
                await send(message)

        await self.app(scope, receive, lead)

    def _welcome(self, scope: Scope) -> bytes:
        """What the page is asked by somebody who comes for the first time and for nothing in particular."""
        if self.welcome is None:
            return b""
        query, seen = self.welcome
        return b"" if seen in cookie_parser(Headers(scope=scope).get("cookie", "")) else query.encode("ascii")


def _is_below(path: str, root: str) -> bool:
    """Whether a path lies below a page: in a folder, and not called like a file, as a download is."""
    folder, slash, name = path.removeprefix(root).rpartition("/")
    return path.startswith(root) and bool(folder and slash) and "." not in name


async def _lead(place: bytes, query: bytes, send: Send) -> None:
    """Answer with the way to a place, relative to what was asked for: a proxy may have names of its own."""
    location = place + (b"?" + query if query else b"")
    headers = [(b"location", location), (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
