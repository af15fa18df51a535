"""Visitors: who is at the page, and what they may change of what lies on the server.

A browser is known by the secret that Streamlit's server gives each against forged requests; it is kept as a
hash, until the browser is closed. Who opens the page on the server's own machine may change everything, all
others what they have started or brought in themselves. AECORE_CONTROL=all lets everybody change everything,
for a group that trusts itself; AECORE_CONTROL=own lets nobody, for a server behind a proxy on its machine,
to which every visitor is local.
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aecore import datasets, jobs
from aecore.errors import NotYours
from aecore.jobs import limits
from aecore.storage import ownership
from aecore.storage.settings import is_read_only
from aecore.storage.store import RunStore

COOKIE = "_streamlit_xsrf"
SHARED = "Everyone on this server shares these runs and this queue; you can change what you have started."
OTHERS = "Somebody else started it, and only they can pause or end it."
_admitting = threading.Lock()


def owner() -> str:
    """Who is at the page, as a word that tells nobody else anything."""
    secret = _secret(st.context.cookies.get(COOKIE, ""))
    context = get_script_run_ctx()
    known = secret or (context.session_id if context else "")  # without a cookie as long as the page is open
    return hashlib.sha256(b"owner " + known.encode()).hexdigest()[:16]


def _secret(cookie: str) -> str:
    """What stays the same in a cookie that is masked anew with every answer: 2|mask|masked secret|time."""
    words = cookie.strip("\"'").split("|")
    try:
        _, mask, masked, _ = words
        pattern, content = bytes.fromhex(mask), bytes.fromhex(masked)
        return bytes(byte ^ pattern[place % len(pattern)] for place, byte in enumerate(content)).hex()
    except (ValueError, ZeroDivisionError):
        return ""


def may_change_all() -> bool:
    """Whether the visitor may change what others have started as well."""
    control = os.environ.get("AECORE_CONTROL", "").strip().lower()
    return control == "all" or (control != "own" and _is_local())


def _is_local() -> bool:
    headers = st.context.headers
    is_forwarded = any(headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return not isinstance(st.context.ip_address, str) and not is_forwarded  # no address: this machine


def may_change(name: str) -> bool:
    """Whether the visitor may pause, end, name, delete or bring back what this run id or token names."""
    if is_read_only():
        return False
    return may_change_all() or ownership.owner_of(RunStore().root, name) == owner()


def may_change_data(name: str) -> bool:
    """Whether the visitor may name, delete or bring back an imported data set."""
    if is_read_only():
        return False
    return may_change_all() or ownership.owner_of(datasets.imported_root(), name) == owner()


def check_data(name: str) -> None:
    """Raise `NotYours` where `may_change_data` is false; in callbacks."""
    if not may_change_data(name):
        raise NotYours(name)


def check(name: str) -> None:
    """Raise `NotYours` where `may_change` is false; in callbacks."""
    if not may_change(name):
        raise NotYours(name.partition("~")[0])


def owner_to_be(run_id: str) -> str:
    """Whose it will be what the visitor makes: who may change all leaves what is there to its owner."""
    root = RunStore().root
    is_left = may_change_all() and ownership.is_living(root, run_id)
    return ownership.owner_of(root, run_id) if is_left else owner()


@contextlib.contextmanager
def admitted(run_id: str) -> Iterator[None]:
    """Hold the queue while a training gets under way, for the first time or again.

    Args:
        run_id: of the training.

    Yields:
        None: if the visitor and the server have room for it, or if it is under way already.

    Raises:
        QueueFull: if there are too many.
        StoreFull: if the folder of runs takes what it may already.
        DiskFull: if its disk has next to nothing left.
    """
    store = RunStore()
    with _admitting:  # else as many as press at once would all find room
        job = jobs.find(run_id, store)
        if job is None or job.is_over:
            limits.check_queue(store, "" if may_change_all() else owner())
            limits.check_room(store.root)
        yield
