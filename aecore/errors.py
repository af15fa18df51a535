"""Every error a user can cause, worded once: what happened, with the value, and what to do."""

import errno
import sys
from collections.abc import Iterable
from pathlib import Path

LONGEST_VALUE = 200
"""Letters of a value that a sentence quotes: what comes from outside may have a million."""


def quoted(value: object) -> str:
    """A value as a sentence quotes it: as Python writes it, cut where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists without end
        text = f"a {type(value).__name__} too large to write"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} …"


class AecoreError(Exception):
    """The base of every error below; catch this one to show its sentence to a person.

    A sentence can be shown and written anywhere: half a character, as a foreign file or its name may hold,
    stands in it by its number.
    """

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence.encode("utf-8", "backslashreplace").decode())


class UnknownName(AecoreError, LookupError):
    """A name that is none of the known ones."""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        listed = ", ".join(sorted(known)) or "none yet"
        super().__init__(f"There is no {kind} called {quoted(name)}. Known: {listed}.")


class AmbiguousName(AecoreError, LookupError):
    """A name that several runs, or imported data sets, were given."""

    def __init__(self, name: str, ids: Iterable[str], kind: str = "run") -> None:
        super().__init__(
            f"More than one {kind} is called {quoted(name)}: {', '.join(ids)}. Name one by its id."
        )


class BadValue(AecoreError, ValueError):
    """A setting whose value is of the wrong type or outside its range."""

    def __init__(self, setting: str, value: object, allowed: str) -> None:
        super().__init__(f"{setting} cannot be {quoted(value)}: it must be {allowed}.")


class WrongUsage(AecoreError, ValueError):
    """A command that lacks a word, or was given two that exclude one another."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy}")


class FormChanged(AecoreError, RuntimeError):
    """A button that was pressed while what stands beside it was being replaced."""

    def __init__(self) -> None:
        super().__init__(
            "The form changed as you pressed Train, so nothing was started. Look at it, and press again."
        )


class FormWrong(AecoreError, ValueError):
    """A form that was handed in with a wrong value."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Nothing was started. {sentence}")


class DataMissing(AecoreError, FileNotFoundError):
    """A data set that is not on this machine and could not be fetched."""

    def __init__(
        self, title: str, missing: Iterable[str], sources: Iterable[str], folder: Path, reason: str
    ) -> None:
        self.addresses = tuple(sources)
        super().__init__(
            f"{title} could not be downloaded: {reason}. Try again, or fetch {', '.join(missing)} from "
            f"{' or '.join(self.addresses)} yourself, unpack the .gz files and put them into {folder}; where "
            "AECORE_DATA names a folder that has them, they are read from there."
        )


class ImagesNeeded(AecoreError, FileNotFoundError):
    """Something that can only be worked out where the training images of a data set are."""

    def __init__(self, title: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the {title} training images, which are not on this machine. Download them on "
            "the Train page, or set AECORE_DATA to a folder that has them."
        )


class LabelsNeeded(AecoreError, ValueError):
    """Something that learns from labels, asked for of images that have none."""

    def __init__(self, purpose: str, title: str) -> None:
        super().__init__(
            f"{purpose} needs labels, and the images of {title} have none. Use a data set with labels for it."
        )


class DataDamaged(AecoreError, ValueError):
    """A file of a data set that is truncated or altered."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(f"{path} is damaged ({found}), so it is not used. Delete it to have it replaced.")


class BadDataset(AecoreError, ValueError):
    """A data set whose file does not give what training, measures and pages rely on."""

    def __init__(self, name: str, faults: Iterable[str], split: str = "") -> None:
        which = f"The {split} images of the data set" if split else "The data set"
        super().__init__(
            f"{which} {name} cannot be used: {'; '.join(faults)}. "
            f"Correct aecore/datasets/{name}.py or the files that it reads."
        )


class DatasetDamaged(AecoreError, ValueError):
    """An imported data set that is not what was written; `what` is why."""

    def __init__(self, name: str, folder: Path, what: str) -> None:
        self.what = what
        super().__init__(
            f"The data set {name} in {folder.parent} is damaged: {what}. "
            "Bring the same images again, which mends it, or remove it "
            f"(python -m aecore data remove {name}); runs on it still open."
        )


class DatasetInUse(AecoreError, ValueError):
    """An imported data set that a training which has not ended learns from."""

    def __init__(self, name: str, run_id: str) -> None:
        super().__init__(
            f"The data set {name} is not deleted: {run_id} is being trained on it, and would be lost. Wait "
            f"until it has ended, or end it (python -m aecore cancel {run_id})."
        )


class BadImport(AecoreError, ValueError):
    """Images that somebody brings and that cannot become a data set; `what` is why."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"Nothing was imported: {what}. {remedy}")
        self.what, self.remedy = what, remedy


class BadVariant(AecoreError, ValueError):
    """A Python file of somebody's own that gives no variant."""

    def __init__(self, path: Path, faults: Iterable[str]) -> None:
        super().__init__(
            f"The variant in {path} cannot be used: {'; '.join(faults)}. Correct the file, or name "
            "another in AECORE_VARIANTS."
        )


class BadMetric(AecoreError, ValueError):
    """A file of metrics that does not say what evaluation, docs and pages rely on."""

    def __init__(self, file: str, faults: Iterable[str]) -> None:
        super().__init__(
            f"The metrics of {file} cannot be used: {'; '.join(faults)}. Correct aecore/metrics/{file}.py."
        )


class BadPicture(AecoreError, ValueError):
    """A picture that cannot be made into an image of a data set."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"This picture cannot be used: {what}. {remedy}")
        self.what, self.remedy = what, remedy


class RunDamaged(AecoreError, ValueError):
    """A stored run that cannot be opened; `what` is why, without where it lies and what to do."""

    def __init__(self, path: Path, what: str) -> None:
        self.what = what
        super().__init__(
            f"The run {path.name} in {path.parent} is damaged: {what}. "
            "Delete its folder and train it again; every other run still opens."
        )


class RunTooNew(AecoreError, ValueError):
    """A stored run in a format of a later version; `found` is which."""

    def __init__(self, path: Path, found: object, known: int) -> None:
        self.found = quoted(found)
        super().__init__(
            f"The run {path.name} is stored in format {self.found}, and this version reads up to {known}. "
            "Update aecore to open it."
        )


class RunChanged(AecoreError, RuntimeError):
    """A run that another process stored anew or deleted while this one was reading it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The run {path.name} in {path.parent} was stored anew or deleted while it was being read. "
            "Reload the page, or give the command again."
        )


class RunExists(AecoreError, FileExistsError):
    """A deleted run that cannot come back, since there is one of its id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"The run {run_id} exists again, so the deleted one cannot be brought back. "
            "Delete the one that is there first."
        )


class RunIsShipped(AecoreError, PermissionError):
    """A run that is only read, since it is none of the user's own."""

    def __init__(self, run_id: str, action: str) -> None:
        super().__init__(
            f"The run {run_id} cannot be {action}: it came with the product or lies in a folder that is only "
            "read. Only your own runs can be."
        )


class EncoderNeeded(AecoreError, LookupError):
    """Something that can only be done with an encoder, asked of a run that has none here."""

    def __init__(self) -> None:
        super().__init__(
            "This run has no encoder here, so no new image can be placed on its plane. What it knows are the "
            "codes that it was stored with; choose a run with an encoder for images of your own."
        )


class DecoderNeeded(AecoreError, LookupError):
    """Something that can only be done with a decoder, asked of a run that has none."""

    def __init__(self, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs a decoder, and this run is of codes alone. Choose a run with a decoder, or "
            "bring the model itself (python -m aecore adopt)."
        )


class CannotAdopt(AecoreError, ValueError):
    """A model or codes that somebody brings and that cannot become a run; `what` is why."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"Nothing was adopted: {what}. {remedy}")
        self.what, self.remedy = what, remedy


class BadArchive(AecoreError, ValueError):
    """A file that cannot be imported as a run."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"This file cannot be imported: {what}. Nothing was changed. Choose an .aerun file as it was "
            "exported."
        )


SETTINGS = {"Runs": "AECORE_RUNS", "Data sets": "AECORE_DATASETS"}
"""Which names the folder that these are stored in."""


class StoreNotWritable(AecoreError, OSError):
    """A run store on a disk that refuses to be written."""

    def __init__(self, root: Path, reason: str, what: str = "Runs") -> None:
        setting = SETTINGS.get(what)
        remedy = f"Set {setting} to a folder" if setting else "Name a folder"
        super().__init__(f"{what} cannot be stored in {root}: {reason}. {remedy} that can be written.")

    @staticmethod
    def of(root: Path, error: OSError, what: str = "Runs") -> "StoreNotWritable":
        """The error to raise for what the disk answered; a full disk has a sentence of its own."""
        reason = error.strerror or str(error)
        is_full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        return DiskFull(root, reason) if is_full else StoreNotWritable(root, reason, what)


class StoreNotReadable(AecoreError, OSError):
    """A run store on a disk, or at a path, that refuses to be read."""

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__(
            f"Runs cannot be read from {root}: {reason}. Set AECORE_RUNS to a folder that can be read."
        )


class DiskFull(StoreNotWritable):
    """A run store on a disk that has no room left."""

    def __init__(self, root: Path, reason: str) -> None:
        AecoreError.__init__(
            self,
            f"Nothing was stored in {root}, because its disk is full ({reason}). Free some space there: "
            "`python -m aecore delete --empty-trash` gives back what deleted runs take. Or set AECORE_RUNS "
            "to a folder on another disk.",
        )


class ReadOnly(StoreNotWritable):
    """Something that is switched off where what is stored is only shown."""

    def __init__(self, action: str) -> None:
        AecoreError.__init__(
            self,
            f"This installation only shows what is stored (AECORE_READ_ONLY=1), so {action} is switched off. "
            "Start it without that setting to allow it.",
        )


class TrainingDiverged(AecoreError, ArithmeticError):
    """A loss that is no longer a number."""

    def __init__(self, run: str, epoch: int, term: str) -> None:
        super().__init__(
            f"Training {run} stopped in epoch {epoch}: the {term} loss is not a finite number. "
            "Lower the learning rate, then train again."
        )


class CodesDiverged(TrainingDiverged):
    """Latent codes so large that nothing can be measured on them."""

    def __init__(self, run: str, epoch: int, largest: float) -> None:
        AecoreError.__init__(
            self,
            f"Training {run} stopped in epoch {epoch}: its latent codes have grown to {largest:.0e}, where "
            "distances can no longer be measured. Lower the learning rate, then train again.",
        )


class NotStorable(AecoreError, ValueError):
    """A training whose run could not be read again; it is found before it takes any time."""

    def __init__(self, run: str, what: str) -> None:
        super().__init__(
            f"Training {run} stopped, because its run could not be stored: {what}. "
            "Choose narrower layers, or correct the file of its variant or data set, then train again."
        )


class OutOfMemory(AecoreError, MemoryError):
    """A training that does not fit into the memory of the machine."""

    def __init__(self, run: str, batch_size: int) -> None:
        super().__init__(
            f"Training {run} ran out of memory with {batch_size} images per step. Choose a smaller "
            "batch size or narrower layers, or close other programs, then train again."
        )


class WorkerEnded(AecoreError, RuntimeError):
    """A training whose process does not get through an epoch."""

    def __init__(self, run: str, epoch: int, how: str) -> None:
        super().__init__(
            f"Training {run} stopped in epoch {epoch}: {how}. A process that ends without a word "
            "has mostly run out of memory: choose a smaller batch size or narrower layers, or close other "
            "programs, then try again."
        )


class JobGone(AecoreError, FileNotFoundError):
    """A training whose folder was removed under its worker."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"Training {run} ended, because its folder was removed or changed from outside. Nothing of it "
            "was stored; start it again to have it."
        )


class QueueFull(AecoreError, RuntimeError):
    """A training that does not fit into the queue of a server."""

    def __init__(self, waiting: int, whose: str, remedy: str) -> None:
        super().__init__(
            f"Nothing was started: {waiting} trainings {whose} wait or train already, which is the limit. "
            f"{remedy}."
        )


class StoreFull(AecoreError, RuntimeError):
    """A folder of runs that takes as much as it may."""

    def __init__(self, taken: float, most: float) -> None:
        super().__init__(
            f"Nothing was stored: the runs of this server take {taken:.1f} GB, and {most:.1f} GB are the "
            "limit. Delete a run and empty the trash, or ask who runs the server to raise AECORE_STORE_GB."
        )


class NotYours(AecoreError, PermissionError):
    """Something that only who started it may change."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"{run_id} was started or brought in by somebody else, so only they can change it. It can be "
            "opened, compared and exported by everyone."
        )


class Unforeseen(AecoreError, RuntimeError):
    """Work that ended in what no other error here foresees; the library's own words are for the log."""

    def __init__(self, what: str, error: BaseException, log: str) -> None:
        super().__init__(
            f"{what} failed: a fault of this program ({type(error).__name__}). Try again; if it fails again, "
            f"report it with what {log} says."
        )


class ExtraMissing(AecoreError, ImportError):
    """Something optional that is not installed."""

    def __init__(self, title: str, requirement: str) -> None:
        python, where = Path(sys.executable), ""
        if python.is_relative_to(Path.cwd()):
            python = python.relative_to(Path.cwd())
        else:  # where this is installed is nobody's business on a page
            python, where = Path("python"), " in the environment that runs this"
        super().__init__(
            f"{title} is an optional extra that is not installed here. Install it with {python} -m pip "
            f'install "{requirement}"{where}, then start again. Everything else works without it.'
        )


class WrongShape(AecoreError, ValueError):
    """Codes or images whose shape does not fit the run."""

    def __init__(self, what: str, found: tuple[int, ...], expected: str) -> None:
        super().__init__(f"{what} have shape {found}; this run needs {expected}.")
