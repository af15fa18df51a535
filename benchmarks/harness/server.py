"""The dashboard as its users run it: `streamlit run dashboard/app.py` on a free port."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import FloatRect, Page

ROOT = Path(__file__).resolve().parents[2]
START_S = 120


@contextmanager
def served(log: Path, folder: Path = ROOT, **environment: str) -> Iterator[str]:
    """Serve the dashboard.

    Args:
        log: file for what the server prints.
        folder: where it is started from.
        **environment: variables on top of this process's own.

    Yields:
        str: its address.
    """
    port, entry = free_port(), os.path.relpath(ROOT / "dashboard" / "app.py", folder)
    command = [sys.executable, "-m", "streamlit", "run", entry, "--server.address", "127.0.0.1"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    with serving(command, port, log, folder, os.environ | environment) as address:
        yield address


def free_port() -> int:
    """A port that nothing listens on, of those that no connection is given while a server starts."""
    while True:
        port = random.SystemRandom().randrange(10_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def serving(
    command: Sequence[str], port: int, log: Path, folder: Path, environment: Mapping[str, str]
) -> Iterator[str]:
    """A server of the dashboard, as long as it is needed.

    Args:
        command: what starts it.
        port: where it will listen.
        log: file for what it prints.
        folder: where it is started from.
        environment: all of its variables.

    Yields:
        str: its address.

    Raises:
        RuntimeError: with the log, if it does not answer in time.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health", server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:  # on a machine that has much else to do
            server.kill()
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The dashboard did not start: {log.read_text()[-2000:]}")


def open_plane(page: Page, address: str) -> FloatRect:
    """Open a page and wait until its latent plane has decoded its first image.

    Args:
        page: a fresh page.
        address: what to open.

    Returns:
        The plane's box in CSS pixels: x, y, width, height.
    """
    page.goto(address)
    page.get_by_test_id("latent-plane").wait_for(timeout=30_000)
    page.wait_for_function(
        "image => image.width > 1 && image.getContext('2d').getImageData(0, 0, image.width, image.height)"
        ".data.some((value, i) => i % 4 !== 3 && value > 0)",
        arg=page.get_by_test_id("decoded-image").element_handle(),
    )
    box = page.get_by_test_id("latent-plane").bounding_box()
    assert box, "the plane is shown"
    return box


def decoded_pixels(page: Page) -> list[int]:
    """The decoded image's grey values, row by row."""
    return page.get_by_test_id("decoded-image").evaluate(
        "image => Array.from(image.getContext('2d').getImageData(0, 0, image.width, image.height).data)"
        ".filter((_, i) => i % 4 === 0)"
    )


def frames_sent(page: Page) -> list[object]:
    """What a page sends to the server, as it goes; call before the page opens anything."""
    sent: list[object] = []

    def note(frame: object) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    return sent
