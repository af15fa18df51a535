"""Directions: which way of a number is better, for a variant. The one place that every arrow comes from.

A variant that gives its decoder the class wants a code that is free of it, so what tells the class from the
code is better low. Its file says so: CLASS_FREE_CODE = True.
"""

from aecore.errors import UnknownName
from aecore.metrics import catalog
from aecore.models import cards

CLASS_NUMBERS = ("knn_accuracy", "linear_probe")
"""Numbers that say how well the class can be told from the code."""
ARROWS = {"lower": " ↓", "higher": " ↑"}
WORDS = {
    "lower": "lower is better",
    "higher": "higher is better",
    "near 1": "best near 1",
    "near 1.386": "best near 2 ln 2 = 1.386",
    "": "a diagnostic: neither way is better",
}


def better(name: str, variant: str) -> str:
    """Which way of a number is better for a variant.

    Args:
        name: of the number, one of `metrics.catalog()`.
        variant: its file's name; also one that is no longer there.

    Returns:
        "lower", "higher", "near ..." or "" where neither is.
    """
    if name in CLASS_NUMBERS and has_class_free_code(variant):
        return "lower"
    return catalog()[name].better


def arrow(name: str, variant: str) -> str:
    """The arrow behind a number's label; empty where neither way is better."""
    return ARROWS.get(better(name, variant), "")


def has_class_free_code(variant: str) -> bool:
    """Whether the class is given to the decoder elsewhere and the code is to be free of it."""
    try:
        return cards.is_class_free(variant)
    except UnknownName:
        return False
