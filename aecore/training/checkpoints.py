"""Checkpoints: a training after its last whole epoch, in one file, to go on from.

    checkpoint.safetensors    every tensor of `loop.State`, and the rest of it as JSON in the metadata,
                              with the seconds trained so far and the threads it was trained with;
                              and the SHA-256 of all that

The file is replaced as a whole, so that a kill leaves the old or the new one. A bit that is not what was
written makes it none. Nothing is unpickled.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from aecore.storage import atomic, bounded
from aecore.training.loop import State

FORMAT = 2
UNHASHED = 1
"""The format before: what a training left in it is gone on from."""


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
    metadata = {"training": json.dumps(about)}
    metadata["sha256"] = _digest(metadata["training"], tensors)
    atomic.write_whole(path, safetensors.torch.save(tensors, metadata))


def _digest(about: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """The SHA-256 of what is written: every name, kind, shape and bit."""
    digest = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def read(path: Path) -> Checkpoint | None:
    """The checkpoint of a file.

    Args:
        path: where `write` kept it.

    Returns:
        What was kept; None where there is none or it is not what was written: the training begins anew then.
    """
    try:
        bounded.check_regular(path)
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            about = json.loads(metadata["training"])
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  no mapping
        kinds = {"number": [int], "schedules": [dict], "seconds": [int, float], "threads": [int]}
        makes_sense = all(type(about[name]) in kinds[name] for name in kinds)
        if not makes_sense or min(about["number"], about["threads"]) < 1:
            return None
        is_whole = about["format"] == FORMAT and metadata["sha256"] == _digest(metadata["training"], tensors)
        if not is_whole and (about["format"] != UNHASHED or "sha256" in metadata):
            return None
        state = State(about["number"], tensors, about["schedules"])
        return Checkpoint(state, about["seconds"], about["threads"])
    except (OSError, safetensors.SafetensorError, ValueError, KeyError, TypeError):
        return None
