"""Every error a user can cause, worded once: what happened, with the value, and what to do."""

from collections.abc import Iterable
from pathlib import Path


class AecoreError(Exception):
    """The base of every error below; catch this one to show its sentence to a person."""


class UnknownName(AecoreError, LookupError):
    """A name that is none of the known ones."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        listed = ", ".join(sorted(known)) or "none yet"
        super().__init__(f"There is no {kind} called {name!r}. Known: {listed}.")


class BadValue(AecoreError, ValueError):
    """A setting whose value is of the wrong type or outside its range."""

    def __init__(self, setting: str, value: object, allowed: str) -> None:
        super().__init__(f"{setting} cannot be {value!r}: it must be {allowed}.")


class DataMissing(AecoreError, FileNotFoundError):
    """A data set that is not on this machine and could not be fetched."""

    def __init__(
        self, title: str, missing: Iterable[str], sources: Iterable[str], folder: Path, reason: str
    ) -> None:
        super().__init__(
            f"{title} is not on this machine and could not be downloaded: {reason}. "
            f"Missing: {', '.join(missing)}. They come from {' or '.join(sources)} (unpack the .gz files). "
            f"Put them into {folder}, or set AECORE_DATA to a folder that has them."
        )


class ImagesNeeded(AecoreError, FileNotFoundError):
    """Something that can only be worked out where the images of a data set are."""

    def __init__(self, title: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the {title} images, which are not on this machine. Download them on the "
            "Explore page, or set AECORE_DATA to a folder that has them."
        )


class DataDamaged(AecoreError, ValueError):
    """A file of a data set that is truncated or altered."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            f"{path} is damaged ({found}), so it is not used. Delete it to have it downloaded again."
        )


class BadPicture(AecoreError, ValueError):
    """A picture that cannot be made into an image of a data set."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"This picture cannot be used: {what}. {remedy}")


class RunDamaged(AecoreError, ValueError):
    """A stored run that cannot be opened."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"The run {path.name} in {path.parent} is damaged: {what}. "
            "Delete its folder and train it again; every other run still opens."
        )


class RunTooNew(AecoreError, ValueError):
    """A stored run in a format of a later version."""

    def __init__(self, path: Path, found: object, known: int) -> None:
        super().__init__(
            f"The run {path.name} is stored in format {found}, and this version reads up to {known}. "
            "Update aecore to open it."
        )


class StoreNotWritable(AecoreError, OSError):
    """A run store on a disk that refuses to be written."""

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(
            f"Runs cannot be stored in {root}: {reason}. Set AECORE_RUNS to a folder that can be written."
        )


class TrainingDiverged(AecoreError, ArithmeticError):
    """A loss that is no longer a number."""

    def __init__(self, run: str, epoch: int, term: str) -> None:
        super().__init__(
            f"Training {run} stopped in epoch {epoch}: the {term} loss is not a finite number. "
            "Lower the learning rate, then train again."
        )


class ExtraMissing(AecoreError, ImportError):
    """Something optional that is not installed."""

    def __init__(self, title: str, requirement: str, python: str) -> None:
        super().__init__(
            f"{title} is an optional extra that is not installed here. Install it with "
            f'{python} -m pip install "{requirement}", then start again. Everything else works without it.'
        )


class WrongShape(AecoreError, ValueError):
    """Codes or images whose shape does not fit the run."""

    def __init__(self, what: str, found: tuple[int, ...], expected: str) -> None:
        super().__init__(f"{what} have shape {found}; this run needs {expected}.")
