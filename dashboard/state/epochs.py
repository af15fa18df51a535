"""The kept epoch that a run is looked at: in the address, and whether its rewind was asked for."""

from collections.abc import Sequence

from dashboard.state import link
from dashboard.state.keys import ABOUT_RUN, EPOCH, EPOCH_TRACK, REWOUND
from dashboard.state.session import commit, current_address, exchange, kept, now, refuse

OLD_SECTION = "Rewind"
"""What a link asked for when a rewind was a section of its own."""


def shown_epoch(epochs: Sequence[int]) -> int | None:
    """The epoch that the address asks for.

    Args:
        epochs: the kept ones, ascending.

    Returns:
        One of them; None for the last, where the finished plane is shown.
    """
    here = current_address()
    if here.get(ABOUT_RUN) == OLD_SECTION:
        here.put({ABOUT_RUN: None})
        if EPOCH not in here.parts:
            here.put({EPOCH: str(epochs[0])})
    text = here.get(EPOCH)
    if text is None:
        return None
    found = link.whole(text, epochs[-1] + 1)
    if found not in epochs:
        refuse(EPOCH, f"Epoch {link.said(text)} was not kept, so this is epoch {epochs[-1]:,}.")
        return None
    return None if found == epochs[-1] else found


def keep_epoch(run_id: str, last: int) -> None:
    """Write the epoch at rest into the address; called when the track reports it.

    Args:
        run_id: whose track it is, whose rewind is then to be there.
        last: its last kept epoch, which is left out of the address.
    """
    epoch = now()[EPOCH_TRACK].get("epoch")
    exchange(REWOUND, run_id)
    commit({EPOCH: None if epoch in (None, last) else str(int(epoch))})


def is_rewound(run_id: str) -> bool:
    """Whether the rewind of a run was asked for."""
    return kept(REWOUND) == run_id
