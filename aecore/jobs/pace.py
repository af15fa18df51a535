"""Pace: how fast a config trains on this machine, and what that comes to, in words."""

import math
from dataclasses import dataclass

UNKNOWN = "how long it takes on this machine is not known yet: its first epochs will tell"


@dataclass(frozen=True)
class Pace:
    """How fast a config trains on this machine, as a training like it did.

    Attributes:
        seconds_to_start: until the first epoch begins: Python, the images, the model.
        seconds_per_epoch: steps, the look at the test split after them, and what is kept of them.
        seconds_after: for the closing measurement; None while that was never timed.
        device: what it was learned on, such as "2 threads".
    """

    seconds_to_start: float
    seconds_per_epoch: float
    seconds_after: float | None
    device: str

    def seconds(self, epochs: int) -> float:
        """How long so many epochs take in all, as far as it was timed."""
        return self.seconds_to_start + self.seconds_per_epoch * epochs + (self.seconds_after or 0.0)

    def epochs_in(self, seconds: float) -> int:
        """How many whole epochs fit into so many seconds in all; none where starting takes them."""
        left = seconds - self.seconds(0)
        return max(0, math.floor(left / self.seconds_per_epoch))

    def words(self, epochs: int, is_closed_form: bool = False) -> str:
        """How long so many epochs take and what it is made of, for people.

        Args:
            epochs: passes over the training images.
            is_closed_form: whether they are a single fit instead.

        Returns:
            One line, such as "about 2 min 40 s: 3 s to start, 1.4 s an epoch × 100, 17 s to measure ...".
        """
        each = duration_words(self.seconds_per_epoch)
        parts = [
            f"{duration_words(self.seconds_to_start)} to start",
            f"{each} to fit" if is_closed_form else f"{each} an epoch × {epochs:,}",
        ]
        if self.seconds_after is not None:
            parts.append(f"{duration_words(self.seconds_after)} to measure what it reached")
        total = (
            "known so far" if self.seconds_after is None else f"about {duration_words(self.seconds(epochs))}"
        )
        return f"{total}: {', '.join(parts)}; as a training like it took on this machine ({self.device})"


def quick_words(seconds: float, epochs: int, title: str) -> str:
    """What `estimate.quick` found of a training, in a sentence.

    Args:
        seconds: that it takes, about.
        epochs: that it has.
        title: of the data set on which one like it was timed.

    Returns:
        It.
    """
    return (
        f"A quick training of a VAE, {epochs} epoch{'s' * (epochs != 1)}, takes about "
        f"{duration_words(seconds)} here, by how one on {title} went."
    )


def duration_words(seconds: float) -> str:
    """A duration in two digits or in minutes: 0.03 s, 1.4 s, 45 s, 2 min 40 s, 1 h 20 min."""
    if seconds < 9.95:
        return f"{float(f'{seconds:.2g}'):g} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    if seconds < 3570:
        tens = round(seconds / 10)
        return f"{tens // 6} min" + (f" {tens % 6}0 s" if tens % 6 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
