"""Checkpoints: a training after its last whole epoch, in one file, to go on from.

    checkpoint.safetensors    every tensor of `training.State`, and the rest of it as JSON in the metadata,
                              with the seconds trained so far and the threads it was trained with

The file is replaced as a whole, so that a kill leaves the old or the new one. Nothing is unpickled.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch

from aecore import disk
from aecore.training import State

FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """A training to go on from.

    Attributes:
        state: after the last whole epoch.
        seconds: trained so far, wall time of every attempt.
        threads: that PyTorch computed with; other numbers of them round differently.
    """

    state: State
    seconds: float
    threads: int


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint in place of the one before.

    Args:
        path: its file, in a folder that exists.
        checkpoint: what to keep.

    Raises:
        OSError: what the disk answered; the one before is still there then.
    """
    about = {
        "format": FORMAT,
        "number": checkpoint.state.number,
        "schedules": checkpoint.state.schedules,
        "seconds": checkpoint.seconds,
        "threads": checkpoint.threads,
    }
    tensors = {name: tensor.contiguous() for name, tensor in checkpoint.state.tensors.items()}
    disk.write_whole(path, safetensors.torch.save(tensors, {"training": json.dumps(about)}))


def read(path: Path) -> Checkpoint | None:
    """The checkpoint of a file.

    Args:
        path: where `write` kept it.

    Returns:
        What was kept; None where there is none or it cannot be read: the training begins anew then.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["training"])
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  no mapping
        kinds = {"number": [int], "schedules": [dict], "seconds": [int, float], "threads": [int]}
        makes_sense = all(type(about[name]) in kinds[name] for name in kinds)
        if about["format"] != FORMAT or not makes_sense or min(about["number"], about["threads"]) < 1:
            return None
        state = State(about["number"], tensors, about["schedules"])
        return Checkpoint(state, about["seconds"], about["threads"])
    except (OSError, safetensors.SafetensorError, ValueError, KeyError, TypeError):
        return None
