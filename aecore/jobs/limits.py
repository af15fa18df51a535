"""Limits: what the visitors of a server may take of it; a command line on its machine has none.

    AECORE_QUEUE_PER_VISITOR   trainings of one visitor that are not over, 5 if not set
    AECORE_QUEUE               trainings of all visitors that are not over, 60 if not set
    AECORE_STORE_GB            gigabytes that the folder of runs may take before more is trained or brought
                               in; as many as the disk has if not set
    AECORE_UPLOAD_MB           megabytes of uploaded files that one session keeps in memory, 256 if not set
    AECORE_UPLOADS_MB          megabytes that all sessions keep, 1024 if not set

What is set to no positive number is not set.
"""

import os
import shutil
from pathlib import Path

from aecore import jobs
from aecore.errors import DiskFull, QueueFull, StoreFull
from aecore.storage import atomic
from aecore.storage.store import RunStore

LEAST_FREE = 200_000_000
"""Bytes that a disk must have left before more is begun: a training takes some tens of millions."""
GIGABYTE, MEGABYTE = 10**9, 10**6


def number(name: str, usual: float) -> float:
    """A limit as it is set, or the usual one where it is not set or no positive number."""
    try:
        found = float(os.environ.get(name, ""))
    except ValueError:
        return usual
    return found if 0 < found < float("inf") else usual


def check_queue(store: RunStore, owner: str = "") -> None:
    """See that there is room for one more training.

    Args:
        store: whose queue.
        owner: whose training it would be; empty where only the limit for all counts.

    Raises:
        QueueFull: if there is none.
    """
    under_way = [job for job in jobs.listing(store) if not job.is_over]
    per_visitor, in_all = int(number("AECORE_QUEUE_PER_VISITOR", 5)), int(number("AECORE_QUEUE", 60))
    own = sum(bool(owner) and job.owner == owner for job in under_way)
    if own >= per_visitor:
        raise QueueFull(own, "of yours", "Wait until one of them is over, or cancel one")
    if len(under_way) >= in_all:
        raise QueueFull(len(under_way), "on this server", "Try again once some of them are over")


def check_room(root: Path) -> None:
    """See that the folder of runs may take more.

    Args:
        root: the folder.

    Raises:
        StoreFull: if it takes what it may already.
        DiskFull: if its disk has next to nothing left.
    """
    most = number("AECORE_STORE_GB", float("inf")) * GIGABYTE
    if most < float("inf") and (taken := atomic.size_of(root)) >= most:
        raise StoreFull(taken / GIGABYTE, most / GIGABYTE)
    if root.is_dir() and (free := shutil.disk_usage(root).free) < LEAST_FREE:
        raise DiskFull(root, f"{free / MEGABYTE:.0f} MB are left")
