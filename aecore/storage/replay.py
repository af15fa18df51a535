"""Rewinds: what the latent plane of a finished run looked like after each of the epochs that were kept.

It is assembled from the frames of the training (see `snapshots`), and is one safetensors file with its
description as UTF-8 JSON in a tensor `about` (u8): the run's own `rewind.safetensors`, or a derived result
of kind "rewind" (see `storage.cache`):

    about             {"format": 1, "layers": [[...], ...], "frames": [{"epoch", "error", "layers": index
                      into the lists of layers or null, "decoder_error": root mean square of what its
                      decoder is off, 0..1, or null where it is the epoch's own}, ...]}
    rows              as in a frame
    000012/codes, 000012/shown, 000012/decoder/<tensor>    of each epoch
    shared/decoder/<tensor>                                of every epoch that lacks its own
    .../scale/<tensor>                                     f16 (rows): the tensor is i8, a row times its scale

Layers null: codes and decoder are the run's own, as they are after the last epoch. A rewind that weighs
too much keeps fewer epochs, the last one always. Nothing is unpickled, and writes are atomic.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from aecore.decoder import Decoder, tensor_names
from aecore.errors import RunDamaged, RunTooNew
from aecore.storage import cache
from aecore.storage.manifests import check_format
from aecore.storage.run import StoredRun
from aecore.storage.snapshots import (
    FORMAT,
    MOST_FRAMES,
    SHOWN,
    Frame,
    kept_epochs,
    nearest_epochs,
    read_frame,
    shown_images,
    tensors,
    write_frame,
)
from aecore.storage.store import RunStore
from aecore.storage.tensors import Arrays, Record, as_array, as_record

__all__ = ["MOST_FRAMES", "Frame", "kept_epochs", "read_frame", "shown_images", "write_frame"]  # of frames
KIND, SETTINGS = "rewind", {"form": "compact"}
MAX_BYTES = 24_000_000
"""Bytes of a rewind: a run stays under 30 MB with it, since its other files weigh 2.5 MB at usual widths."""


def assemble(frames: Iterable[Path], budget: int = MAX_BYTES) -> bytes:
    """The rewind of a finished run from the frames of its training.

    A frame that cannot be read is left out: an hour's training is not lost for a look back.

    Args:
        frames: files of `write_frame`, of one training.
        budget: bytes that the rewind may have. Where the frames have more, fewer epochs are kept, spread
            as in `kept_epochs`; the last one always, even where it alone has more.

    Returns:
        The content of a run's rewind.safetensors.

    Raises:
        RunDamaged: if not one frame can be read.
    """
    damage, whole = None, {}
    for path in frames:
        try:
            whole[read_frame(path).epoch] = path
        except RunDamaged as error:
            damage = error
    if not whole:
        raise damage or ValueError("a rewind needs at least one frame")
    sizes = {epoch: path.stat().st_size for epoch, path in whole.items()}
    epochs = _thinned(sizes, budget)
    return packed([read_frame(whole[epoch]) for epoch in epochs])


def _thinned(sizes: Mapping[int, int], budget: int) -> list[int]:
    """As many epochs as fit into the budget, by the bytes of each; the last one always."""
    chosen: list[int] = []
    for most in range(len(sizes), 0, -1):
        chosen = nearest_epochs(sizes, most)
        if sum(sizes[epoch] for epoch in chosen) <= budget:
            break
    return chosen


def packed(frames: Sequence[Frame]) -> bytes:
    """Frames as one file, each with its own decoder.

    Args:
        frames: at least one, with rising epochs, all of the same test images.

    Returns:
        The file's content; see the head of this file.
    """
    layers: list[list[Record]] = []
    arrays: Arrays = {}
    described = []
    for frame in frames:
        own = list(frame.decoder.layers)
        if own not in layers:
            layers.append(own)
        place = {"layers": layers.index(own), "decoder_error": None}
        described.append({"epoch": frame.epoch, "error": frame.error, **place})
        arrays |= {f"{frame.epoch:06d}/{name}": array for name, array in tensors(frame).items()}
    if frames[0].rows is not None:
        arrays["rows"] = np.asarray(frames[0].rows, np.int32)
    arrays["about"] = as_array({"format": FORMAT, "layers": layers, "frames": described})
    return safetensors.numpy.save(arrays)


class Rewind:
    """The kept epochs of a run, read from its file one by one as they are asked for."""

    def __init__(self, run: StoredRun, path: Path) -> None:
        """Open a rewind; only its description is read.

        Args:
            run: the run that it belongs to.
            path: its file.

        Raises:
            RunDamaged: if the file is cut off, altered, or lacks something.
            RunTooNew: if a later version wrote it.
        """
        self.run, self.path = run, path
        try:
            with safetensors.safe_open(path, framework="numpy") as file:
                slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  no mapping
                self._shapes = {name: one.get_shape() for name, one in slices.items()}
                self._wide = {name for name, one in slices.items() if one.get_dtype() == "F32"}
                about = as_record(file.get_tensor("about"))
            check_format(about["format"], FORMAT, run.path)
            self._layers: list[list[Record]] = about["layers"]
            self._frames = {int(frame["epoch"]): _described(frame) for frame in about["frames"]}
            wrong = [name for epoch in self._frames for name in self._wrong(epoch)]
        except RunTooNew:
            raise
        except (safetensors.SafetensorError, OSError) as error:
            raise self._damaged(f"cannot be read ({error})") from error
        except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise self._damaged(f"does not make sense ({error})") from error
        if wrong or not self._frames:
            raise self._damaged(f"lacks or garbles {', '.join(wrong[:3]) or 'every epoch'}")

    def _wrong(self, epoch: int) -> list[str]:
        """Names of what the file should hold of an epoch, and does not in this shape."""
        own, index = f"{epoch:06d}", self._frames[epoch]["layers"]
        count = self._shapes.get("rows", [self.run.test_images])[0]
        shown = [min(SHOWN, self.run.test_images), *self.run.image_shape]
        expected = {f"{own}/shown": shown, f"{own}/codes": [count, self.run.config.latent_dim]}
        if index is None:
            expected.pop(f"{own}/codes")
        wrong = [name for name, shape in expected.items() if self._shapes.get(name) != shape]
        needed = [] if index is None else tensor_names(self._layers[index])
        return wrong + [f"{own}/{name}" for name in needed if self._place(epoch, name) is None]

    @property
    def epochs(self) -> list[int]:
        """The epochs that are kept, rising; 0 is the untrained model."""
        return sorted(self._frames)

    @property
    def bytes(self) -> int:
        """What it weighs on disk."""
        return self.path.stat().st_size

    def decoder_bytes(self, epoch: int) -> int:
        """What an epoch's decoder weighs once it is read, of whatever it shares a copy; nothing is read."""
        index = self._frames[epoch]["layers"]
        if index is None:
            return sum(tensor.nbytes for tensor in self.run.decoder.tensors.values())
        places = [self._place(epoch, name) for name in tensor_names(self._layers[index])]
        return sum(math.prod(self._shapes[place]) * (4 if place in self._wide else 2) for place in places)

    @property
    def images(self) -> list[int]:
        """Rows of the test images that `shown` reconstructs."""
        return shown_images(self.run.labels, self.run.test_images)

    @property
    def rows(self) -> np.ndarray | None:
        """Which test images the codes are of, int32 (n,); None where they are all of them, in order."""
        if "rows" not in self._shapes:
            return None
        rows = self._tensor("rows")
        if rows.ndim != 1 or rows.min(initial=0) < 0 or rows.max(initial=0) >= self.run.test_images:
            raise self._damaged("names test images that there are not")
        return rows

    @property
    def test_errors(self) -> list[float | None]:
        """Mean squared error per pixel of the whole test split at each epoch, pixels 0..1."""
        return [self._frames[epoch]["error"] for epoch in self.epochs]

    def codes(self, epoch: int) -> np.ndarray:
        """Latent codes at an epoch, float32 (n, d)."""
        if f"{epoch:06d}/codes" in self._shapes:
            return self._tensor(f"{epoch:06d}/codes").astype(np.float32)
        codes, rows = self.run.arrays["codes"], self.rows
        return (codes if rows is None else codes[rows]).astype(np.float32)

    def shown(self, epoch: int) -> np.ndarray:
        """Reconstructions of the followed test images by the epoch's own decoder, uint8 (k, h, w, c)."""
        return self._tensor(f"{epoch:06d}/shown")

    def decoder(self, epoch: int) -> Decoder:
        """An epoch's decoder, its own or a small one in its place; see `decoder_error`."""
        index = self._frames[epoch]["layers"]
        if index is None:
            return self.run.decoder
        layers = self._layers[index]
        tensors = {}
        for name in tensor_names(layers):
            place = self._place(epoch, name)
            assert place is not None, "`_wrong` has looked for it"
            tensors[name] = self._dequantised(place)
        return Decoder(layers, tensors)

    def decoder_error(self, epoch: int) -> float | None:
        """How far a compressed decoder is off the epoch's own: root mean square over pixels 0..1.

        None where the decoder is the epoch's own.
        """
        return self._frames[epoch]["decoder_error"]

    def _place(self, epoch: int, name: str) -> str | None:
        places = (f"{epoch:06d}/decoder/{name}", f"shared/decoder/{name}")
        return next((place for place in places if place in self._shapes), None)

    def _dequantised(self, place: str) -> np.ndarray:
        scale = place.replace("/decoder/", "/scale/", 1)
        if scale not in self._shapes:
            return self._tensor(place)
        if self._shapes[scale] != self._shapes[place][:-1]:
            raise self._damaged(f"has scales that do not fit {place}")
        return dequantised(self._tensor(place), self._tensor(scale))

    def _tensor(self, name: str) -> np.ndarray:
        try:
            with safetensors.safe_open(self.path, framework="numpy") as file:
                return file.get_tensor(name)
        except (safetensors.SafetensorError, OSError) as error:
            raise self._damaged(f"cannot be read ({error})") from error

    def _damaged(self, what: str) -> RunDamaged:
        return RunDamaged(self.run.path, f"{self.path.name} {what}")


def open_rewind(run: StoredRun) -> Rewind | None:
    """The rewind of a run: its own file, or a compact one that was kept beside it.

    Args:
        run: a finished run.

    Returns:
        Its kept epochs; None where none were kept.

    Raises:
        RunDamaged: if there is one that is cut off or altered.
    """
    path = run.rewind_path
    if path is None:
        path = cache.path(run, KIND, SETTINGS, RunStore(run.path.parent, *RunStore().roots))
    return Rewind(run, path) if path else None


def _described(frame: Record) -> Record:
    """What is said of an epoch, every number a number."""
    numbers = {name: frame[name] for name in ("error", "decoder_error")}
    place = None if frame["layers"] is None else int(frame["layers"])
    return {name: None if n is None else float(n) for name, n in numbers.items()} | {"layers": place}


def quantised(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A wide matrix in eight bits: i8 (rows, columns), and the scale of each row, f16 (rows,)."""
    scale = (np.abs(matrix).max(1) / 127).astype(np.float16)
    scale[scale == 0] = 1
    return np.clip(np.round(matrix / scale[:, None].astype(np.float32)), -127, 127).astype(np.int8), scale


def dequantised(rounded: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The matrix of `quantised`, float16."""
    return (rounded * scale[:, None].astype(np.float32)).astype(np.float16)
