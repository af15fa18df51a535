"""EpochWriter: an epoch that has ended goes to the disk while the next one is trained.

A thread of its own writes the frame, the record and the checkpoint, in this order, so that what a
checkpoint counts is there. An epoch is done when its checkpoint is; nobody is told of it before.
"""

import dataclasses
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from aecore.storage.job_folder import JobFolder
from aecore.storage.snapshots import Frame
from aecore.training import checkpoints
from aecore.training.checkpoints import Checkpoint


class EpochWriter:
    """Writes the epochs of one job, each while the next is trained.

    Attributes:
        number: whole epochs that are kept.
    """

    def __init__(self, folder: JobFolder, number: int, shown: list[int]) -> None:
        """Begin after an epoch.

        Args:
            folder: the job's.
            number: the epoch, 0 if there is none.
            shown: the epochs whose frames stay; others go when a newer one comes.
        """
        self.number = number
        self._folder, self._shown = folder, set(shown)
        self._pool = ThreadPoolExecutor(1, "writer")
        self._writing: Future[None] | None = None

    def write(self, record: dict[str, Any], checkpoint: Checkpoint, frame: Frame | None) -> None:
        """Begin to write an epoch, once the one before is written.

        Args:
            record: a line of the history.
            checkpoint: after the epoch; its tensors are copied, since the training goes on with them.
            frame: what the plane shows of it, if anything.

        Raises:
            OSError: what the disk answered when the epoch before was written.
        """
        self.flush()
        state = checkpoint.state
        copied = {name: tensor.to("cpu", copy=True) for name, tensor in state.tensors.items()}
        copy = dataclasses.replace(checkpoint, state=dataclasses.replace(state, tensors=copied))
        self._writing = self._pool.submit(self._write, record, copy, frame)

    def flush(self) -> None:
        """Wait until the last epoch is kept.

        Raises:
            OSError: what the disk answered.
        """
        writing, self._writing = self._writing, None
        if writing:
            writing.result()

    def close(self) -> None:
        """Wait until nothing is written any more, whatever became of it."""
        self._pool.shutdown()

    def show(self, frame: Frame) -> None:
        """Write a frame, and remove the one before unless it stays."""
        self._folder.write_frame(frame, self._shown)

    def _write(self, record: dict[str, Any], checkpoint: Checkpoint, frame: Frame | None) -> None:
        if frame:
            self.show(frame)
        self._folder.append_history(record)
        checkpoints.write(self._folder.checkpoint, checkpoint)
        self.number = checkpoint.state.number
