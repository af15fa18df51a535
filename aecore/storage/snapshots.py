"""Frames: what the latent plane shows after one epoch of a training, each in a file of its own.

A frame, `frames/000012.safetensors` of a job, is a safetensors file with its description as UTF-8 JSON in
a tensor `about` (u8):

    about             {"format": 1, "epoch": n (0 is the untrained model), "error": mean squared error per
                      pixel of the test split or null, "layers": [...] as in a run's manifest}
    codes             (n, d) posterior means of the test split in its order: f32; beyond 8 dimensions f16,
                      where that reaches them
    shown             u8 (k, h, w, c): reconstructions of the test images that `shown_images` names
    rows              i32 (n): which test images the codes are of, where they are not all
    decoder/<tensor>  what the layers name: f16, small or very large numbers f32

Nothing is unpickled, and writes are atomic.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from aecore import datasets
from aecore.config import RunConfig
from aecore.decoder import Decoder, tensor_names
from aecore.errors import AecoreError, RunDamaged
from aecore.storage import atomic, bounded, descriptions
from aecore.storage.descriptions import MALFORMED
from aecore.storage.manifests import check_format
from aecore.storage.tensors import SMALL, WIDE, Arrays, as_array, storable

FORMAT = 1
MOST_BYTES = 2**31
"""Of a frame's file, which is read as a whole: a decoder of a billion numbers."""
MOST_FRAMES = 40
SHOWN = 8
MOST_EPOCHS = 100_000
"""That a config can ask for."""


@dataclass(frozen=True)
class Frame:
    """What the latent plane shows after one epoch.

    Attributes:
        epoch: how many epochs the model was trained; 0 is the untrained one.
        codes: posterior means of test images, float32 (n, d).
        decoder: the model's, as it was.
        shown: reconstructions of the test images that `shown_images` names, uint8 (k, h, w, c).
        error: mean squared error per pixel on the whole test split, pixels 0..1; None where unknown.
        rows: which test images the codes are of, int32 (n,); None where they are all of them, in order.
    """

    epoch: int
    codes: np.ndarray
    decoder: Decoder
    shown: np.ndarray
    error: float | None = None
    rows: np.ndarray | None = None


def kept_epochs(epochs: int, most: int = MOST_FRAMES) -> list[int]:
    """Which epochs of a training are kept: close together at the start, where most of it happens.

    Each gap is as many times the one before as brings the last one to the end, so they grow
    geometrically as soon as they are more than one epoch. It depends on the two numbers alone: a
    training that is resumed keeps the same epochs.

    Args:
        epochs: how many there are.
        most: how many to keep at most, from 2 on; the untrained model, epoch 0, is one of them.

    Returns:
        Rising numbers from 0 to `epochs`, both among them.
    """
    kept = [0]
    for left in range(most - 1, 0, -1):
        if kept[-1] >= epochs:
            break
        start = max(kept[-1], 1)
        step = round(start * (epochs / start) ** (1 / left)) if kept[-1] else 1
        kept.append(epochs if left == 1 else min(max(step, kept[-1] + 1), epochs))
    return kept


def nearest_epochs(epochs: Iterable[int], most: int) -> list[int]:
    """Fewer of the epochs that were kept, spread as in `kept_epochs`.

    Args:
        epochs: those there are, at least one.
        most: how many may stay, from 1 on.

    Returns:
        Rising numbers, the last epoch among them.
    """
    there = np.array(sorted(epochs))
    if len(there) <= most:
        return there.tolist()
    wanted = np.array(kept_epochs(int(there[-1]), most) if most > 1 else there[-1:])
    return there[np.unique(np.abs(there[None] - wanted[:, None]).argmin(1))].tolist()


def shown_images(labels: np.ndarray | None, count: int) -> list[int]:
    """The test images whose reconstructions are followed through the epochs.

    Args:
        labels: classes of the test split, (n,); None where it has none.
        count: n, how many images it has.

    Returns:
        Eight rows, or n where there are fewer: the first image of each class in the order of classes,
        then, of a data set with fewer than eight classes, the second of each, and so on. Without labels the
        first of all.
    """
    labels = np.zeros(count) if labels is None else np.asarray(labels)
    order = np.argsort(labels, kind="stable")  # by class; within a class in the split's order
    starts = np.searchsorted(labels[order], labels[order])
    turns = np.arange(len(labels)) - starts  # how many of its class come before it
    return order[np.argsort(turns, kind="stable")][:SHOWN].tolist()


def write_frame(path: Path, frame: Frame) -> None:
    """Keep a frame as one file; a reader sees all of it or none.

    Args:
        path: the file, in a folder that is made if need be, within one that is there.
        frame: what to keep.

    Raises:
        StoreNotWritable: if the disk refuses, or is full; nothing is left behind then.
    """
    about = {"format": FORMAT, "epoch": frame.epoch, "error": frame.error, "layers": frame.decoder.layers}
    arrays = tensors(frame) | {"about": as_array(about)}
    if frame.rows is not None:
        arrays["rows"] = np.ascontiguousarray(frame.rows, np.int32)
    content = safetensors.numpy.save(arrays)
    with atomic.writing(path.parent):
        path.parent.mkdir(exist_ok=True)  # never the job's own folder: it may be removed
        atomic.write_whole(path, content)


def read_frame(path: Path, config: RunConfig | None = None) -> Frame:
    """A frame that was kept, whole and in itself consistent.

    Args:
        path: its file.
        config: of the training that it is from; without it nothing is held to the config and its data set.

    Returns:
        The frame, its codes float32, its decoder as it lies on disk.

    Raises:
        RunDamaged: if the file is cut off, altered, of something else, or not there.
        RunTooNew: if a later version wrote it.
    """
    job, name = path.parent.parent, f"{path.parent.name}/{path.name}"
    try:
        arrays = safetensors.numpy.load(bounded.read(path, MOST_BYTES))
        about = descriptions.read(arrays["about"])
        check_format(about["format"], FORMAT, job)
        codes, shown, rows = arrays["codes"], arrays["shown"], arrays.get("rows")
        layers = descriptions.layers(about["layers"])
        decoder = Decoder(layers, {name: arrays[f"decoder/{name}"] for name in tensor_names(layers)})
        epoch = descriptions.epoch(about["epoch"], config.epochs_to_do if config else MOST_EPOCHS)
        error = descriptions.error(about["error"])
        _check_arrays(codes, shown, rows, decoder)
        frame = Frame(epoch, codes.astype(np.float32), decoder, shown, error, rows)
        _check_fit(frame, config)
        return frame
    except OSError as error:
        raise RunDamaged(job, f"{name} cannot be read ({error.strerror})") from error
    except AecoreError:
        raise
    except MALFORMED as error:
        raise RunDamaged(job, f"{name} does not make sense ({error})") from error


def _check_arrays(codes: np.ndarray, shown: np.ndarray, rows: np.ndarray | None, decoder: Decoder) -> None:
    """Types and dimensions of what a frame holds, and that its decoder leads from its codes to its images."""
    floats = (np.float16, np.float32)
    if codes.ndim != 2 or not codes.size or codes.dtype not in floats:
        raise ValueError(f"codes are {codes.dtype} of shape {codes.shape}")
    if shown.ndim != 4 or not 0 < len(shown) <= SHOWN or shown.dtype != np.uint8:
        raise ValueError(f"images are {shown.dtype} of shape {shown.shape}")
    if rows is not None:
        if rows.shape != codes.shape[:1] or rows.dtype != np.int32:
            raise ValueError(f"its rows are {rows.dtype} of shape {rows.shape}")
        if rows.min() < 0:
            raise ValueError("it names test images that there are not")
    if wrong := [name for name, tensor in decoder.tensors.items() if tensor.dtype not in floats]:
        raise ValueError(f"{wrong[0][:80]!r} holds no numbers of a decoder")
    shapes = {name: tensor.shape for name, tensor in decoder.tensors.items()}
    descriptions.check_decoder(decoder.layers, shapes, codes.shape[1], decoder.classes, shown.shape[1:])


def _check_fit(frame: Frame, config: RunConfig | None) -> None:
    """That a frame is of the codes and images of a config, as far as its data set is known."""
    extent = datasets.extent(config.dataset) if config else None
    if not config or not extent:
        return
    shape, count = extent
    named = count if frame.rows is None else len(frame.rows)
    if frame.rows is not None and frame.rows.max() >= count:
        raise ValueError("it names test images that there are not")
    for is_so, what in (
        (frame.codes.shape == (named, config.latent_dim), f"codes of shape {frame.codes.shape}"),
        (frame.shown.shape == (min(SHOWN, count), *shape), f"images of shape {frame.shown.shape}"),
        (
            frame.decoder.classes in (0, len(datasets.record(config.dataset).classes)),
            f"a decoder of {frame.decoder.classes} classes",
        ),
    ):
        if not is_so:
            raise ValueError(f"it holds {what}, and the training has others")


def tensors(frame: Frame) -> Arrays:
    """Codes, images and decoder of a frame as they are stored; see the head of this file."""
    codes = storable(frame.codes, frame.codes.shape[1] > WIDE)
    decoder = {
        f"decoder/{name}": storable(tensor, tensor.size > SMALL)
        for name, tensor in frame.decoder.tensors.items()
    }
    return {"codes": codes, "shown": np.ascontiguousarray(frame.shown, np.uint8), **decoder}
