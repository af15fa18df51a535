"""The only file of the dashboard that may load torch, and only when something is asked of it."""

from collections.abc import Callable


def download(dataset: str, progress: Callable[[int, int], None]) -> None:
    """Fetch and verify the images of a data set.

    Args:
        dataset: its name.
        progress: called with (bytes done, bytes in all).
    """
    from aecore import datasets

    datasets.download(dataset, progress)
