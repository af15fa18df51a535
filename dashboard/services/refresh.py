"""Refresh: how often parts of pages look again, so that a server keeps time for whoever presses something.

Each look costs the server some 25 ms of its one thread: forty pages that look once a second take all of it.
"""

import threading
import time

from streamlit.runtime.scriptrunner import get_script_run_ctx

AT_EASE = 12
"""Sessions that may look again at the usual period; more of them share what these would take."""
REMEMBERED = 60.0
"""Seconds after which a session that has not looked is taken to have left; longer than LONGEST."""
LONGEST = 15.0

_looks: dict[str, float] = {}  # when each session looked last
_lock = threading.Lock()


def look() -> int:
    """Note that this session looks, and count those that do."""
    context, now = get_script_run_ctx(), time.monotonic()
    with _lock:
        if context:
            _looks[context.session_id] = now
        for session in [session for session, before in _looks.items() if now - before > REMEMBERED]:
            del _looks[session]
        return len(_looks)


def period(usual: float) -> float:
    """Seconds from one look to the next, for a part of a page that is made now.

    Args:
        usual: seconds while few sessions look.

    Returns:
        As many; more where more than AT_EASE sessions have such parts, at most LONGEST.
    """
    return max(usual, min(usual * look() / AT_EASE, LONGEST))
