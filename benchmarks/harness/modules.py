"""The frontend's modules on an empty page, to call them one by one."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from dashboard.components import FOLDER, bundling


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the modules, those too that the bundler writes, and at / an empty page; prints nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path == "/":
            self._answer("text/html", "<link rel='icon' href='data:,'>")
        elif self.path.endswith(f"/{bundling.ALL}"):
            self._answer("text/javascript", bundling.read(Path(self.translate_path(self.path))))
        else:
            super().do_GET()

    def _answer(self, kind: str, content: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content.encode())


@contextmanager
def module_page(browser: Browser, folder: Path = FOLDER) -> Iterator[Page]:
    """A page whose scripts can import the frontend's files by name, as "/lib/decoder/decoder.js".

    Args:
        browser: to open it in.
        folder: where the files are; that of all components if not given.

    Yields:
        Page: the empty page.
    """
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            yield page
            page.close()
        finally:  # else its thread would serve a socket that is closed
            server.shutdown()
