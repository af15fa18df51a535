"""Garbage: collected every few seconds for all sessions, in place of after every run of each.

Streamlit collects after every run before it flushes (`runner.postScriptGC`, off in .streamlit/config.toml):
with forty pages open that was half of the server's one thread.
"""

import gc
import math
import sys
import threading
import time

PERIOD = 5.0
"""Seconds between two collections, while pages run."""
MODULES = 100
"""As many new modules are worth being kept away from the collector."""


class Collector:
    """Collects for whoever asks, once in so many seconds."""

    def __init__(self) -> None:
        self._lock, self._collected, self._frozen = threading.Lock(), -math.inf, 0

    def collect(self) -> None:
        """Collect if that is due, and keep the collector away from what was imported since the last time.

        A walk over all that was ever imported is long: scikit-learn alone takes 30 ms.
        """
        if not self._lock.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._collected < PERIOD:
                return
            gc.collect()
            if len(sys.modules) >= self._frozen + MODULES:
                gc.freeze()
                self._frozen = len(sys.modules)
            self._collected = time.monotonic()
        finally:
            self._lock.release()


collector = Collector()
