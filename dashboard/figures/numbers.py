"""A measured number as people read it."""

from collections.abc import Mapping

from aecore.metrics import DEVIATION, NULL

SMALLEST = 1e-5


def plain(value: float) -> str:
    """A number with as many digits as say something, and a true minus.

    Args:
        value: what was measured.

    Returns:
        Whole numbers as such; one decimal from 100 up, two from 10 up, else four.
    """
    if float(value).is_integer():
        return f"{value:,.0f}".replace("-", "−")
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 4
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def plain_or_small(value: float) -> str:
    """As `plain`, but a value that would round to 0 shows its first digit, such as 0.00003.

    Args:
        value: what was measured.

    Returns:
        The number; as `plain` has it below 1e-5 in size, where more zeros say no more.
    """
    text = plain(value)
    if text != "0.0000" or abs(value) < SMALLEST:
        return text
    return f"{value:.5f}".replace("-", "−")


def with_deviation(numbers: Mapping[str, float], name: str) -> str:
    """A number as `plain_or_small` has it; behind a null its deviation over draws, such as 0.2237 ± 0.012.

    Args:
        numbers: by name.
        name: of the number, which is among them.

    Returns:
        The text.
    """
    text = plain_or_small(numbers[name])
    deviation = numbers.get(name.removesuffix(NULL) + DEVIATION, 0.0) if name.endswith(NULL) else 0.0
    if deviation < SMALLEST:
        return text
    return f"{text} ± {float(f'{deviation:.2g}'):.6f}".rstrip("0").rstrip(".")
