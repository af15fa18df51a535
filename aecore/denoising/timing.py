"""How much of long work is done, in time, where its parts take unlike times."""

import time
from collections.abc import Mapping, Sequence

import numpy as np

from aecore.denoising.filters import FILTERS, filtered

PROBED = 2
"""Images on which a filter shows its pace."""


def filter_pace(name: str, noisy: np.ndarray) -> float:
    """Seconds that a filter takes for an image, the mean over the parameters that are tried.

    Args:
        name: one of FILTERS.
        noisy: a few images, shape (n, h, w, c).

    Returns:
        Seconds.
    """
    parameter = FILTERS[name].parameter
    values = parameter.values if parameter else (0.0,)
    filtered(name, noisy[:1], values[0])  # the first call loads what is needed
    started, images = time.perf_counter(), noisy[:PROBED]
    for value in values:
        filtered(name, images, value)
    return (time.perf_counter() - started) / (len(values) * len(images))


class Clock:
    """What share of the time is over, as parts begin one after the other.

    A part is of a group and so many units; a group's pace is what its own parts have shown so far, else the
    one that was given, else that of the other groups of which none was given.
    """

    def __init__(self, parts: Sequence[tuple[str, float]]) -> None:
        """The time runs from now on, or from the first part's begin.

        Args:
            parts: the group and the units of each part, in the order in which they come.
        """
        self._parts, self._given = parts, {}
        self._started = self._since = time.perf_counter()
        self._seen: dict[str, tuple[float, float]] = {}
        self._at = -1

    def give(self, paces: Mapping[str, float]) -> None:
        """Seconds for a unit of some groups, before any of their parts begins."""
        self._given = dict(paces)

    def begin(self, number: int) -> float:
        """A part begins, so the one that began before it is over.

        Args:
            number: its place, from 0.

        Returns:
            The share of the time that is over, 0 to 1.
        """
        now = time.perf_counter()
        if self._at >= 0:
            group, units = self._parts[self._at]
            seconds, before = self._seen.get(group, (0.0, 0.0))
            self._seen[group] = seconds + now - self._since, before + units
        self._at, self._since = number, now
        if not number:
            self._started = now
        over = now - self._started
        left = sum(units * self._pace(group) for group, units in self._parts[number:])
        return over / (over + left) if over else 0.0

    def _pace(self, group: str) -> float:
        seconds, units = self._seen.get(group, (0.0, 0.0))
        if units:
            return seconds / units
        if group in self._given:
            return self._given[group]
        others = [seen for name, seen in self._seen.items() if name not in self._given]
        return sum(seconds for seconds, _ in others) / max(sum(units for _, units in others), 1e-9)
