"""Visitors: who is at the page, and what they may change of what lies on the server.

A browser is known by the secret that Streamlit's server gives each against forged requests; it is kept as a
hash, until the browser is closed. Who opens the page on the server's own machine may change everything, all
others what they have started or brought in themselves. AECORE_CONTROL=all lets everybody change everything,
for a group that trusts itself; AECORE_CONTROL=own lets nobody, for a server behind a proxy on its machine,
to which every visitor is local.
"""

import hashlib
import os

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aecore.errors import NotYours
from aecore.storage import ownership
from aecore.storage.settings import is_read_only
from aecore.storage.store import RunStore

COOKIE = "_streamlit_xsrf"
SHARED = "Everyone on this server shares these runs and this queue; you can change what you have started."
OTHERS = "Somebody else started it, and only they can pause or end it."


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


def may_change(run_id: str) -> bool:
    """Whether the visitor may pause, end, name or delete a training or a run."""
    if is_read_only():
        return False
    return may_change_all() or ownership.owner_of(RunStore().root, run_id) == owner()


def check(run_id: str) -> None:
    """Raise `NotYours` where `may_change` is false; in callbacks."""
    if not may_change(run_id):
        raise NotYours(run_id)
