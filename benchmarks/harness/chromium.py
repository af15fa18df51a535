"""Where Chromium is; `python -m benchmarks.harness.chromium` installs one where none is found."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
ARGUMENTS = [
    "--no-sandbox",  # containers and CI run as root
    "--enable-unsafe-swiftshader",  # WebGL in software where there is no GPU
    "--font-render-hinting=none",  # else letters stand unevenly at other scales
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NONE = (
    "The browser tests need Chromium or Chrome, and none could be found or installed. Install one "
    "(for example `apt-get install chromium`, or Chrome from its own site) and run this again."
)


def installed() -> str | None:
    """The path of a Chromium or Chrome on this machine, or None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    for place in PLACES:
        if Path(place).is_file():
            return place
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


def install() -> str:
    """Install Chromium: Playwright's own download, else the system's package manager.

    Returns:
        Its path.

    Raises:
        SystemExit: with a sentence, if none can be had.
    """
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        packages = ("chromium-headless-shell", "chromium")  # the first is the quicker, without windows
        attempts += [[*root, "apt-get", "update"]]
        attempts += [[*root, "apt-get", "install", "-y", package] for package in packages]
    elif shutil.which("dnf"):
        attempts.append(["sudo", "-n", "dnf", "install", "-y", "chromium"])
    elif shutil.which("brew"):
        attempts.append(["brew", "install", "--cask", "chromium"])
    for attempt in attempts:
        sys.stderr.write(f"No Chromium yet: {' '.join(attempt)}\n")
        subprocess.run(attempt, check=False, stdout=sys.stderr, timeout=900)
        if path := installed():
            return path
    raise SystemExit(NONE)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser.

    Yields:
        Browser: to open pages in; it is closed afterwards.

    Raises:
        RuntimeError: if there is none: a browser test fails then, it never skips.
    """
    path = installed()
    if path is None:
        raise RuntimeError(NONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    sys.stdout.write(f"{installed() or install()}\n")
