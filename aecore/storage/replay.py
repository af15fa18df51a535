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

from aecore.config import RunConfig
from aecore.decoder import Decoder, tensor_names
from aecore.errors import AecoreError, RunDamaged
from aecore.storage import cache, descriptions
from aecore.storage.descriptions import MALFORMED
from aecore.storage.manifests import check_format, is_count
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
from aecore.storage.tensors import Arrays, Record, as_array, dequantised

__all__ = ["MOST_FRAMES", "Frame", "kept_epochs", "read_frame", "shown_images", "write_frame"]  # of frames
KIND, SETTINGS = "rewind", {"form": "compact"}
FLOATS = {"F16", "F32"}
MAX_BYTES = 24_000_000
"""Bytes of a rewind: a run stays under 30 MB with it, since its other files weigh 2.5 MB at usual widths."""


def assemble(frames: Iterable[Path], budget: int = MAX_BYTES, config: RunConfig | None = None) -> bytes:
    """The rewind of a finished run from the frames of its training.

    A frame that cannot be read is left out: an hour's training is not lost for a look back.

    Args:
        frames: files of `write_frame`, of one training.
        budget: bytes that the rewind may have. Where the frames have more, fewer epochs are kept, spread
            as in `kept_epochs`; the last one always, even where it alone has more.
        config: of the training, which the frames are held to where it is given.

    Returns:
        The content of a run's rewind.safetensors.

    Raises:
        RunDamaged: if not one frame can be read.
    """
    damage, whole = None, {}
    for path in frames:
        try:
            whole[read_frame(path, config).epoch] = path
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
        """Open a rewind; only its description is read, and seen to fit the run.

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
                self._types = {name: one.get_dtype() for name, one in slices.items()}
                about = descriptions.read(file.get_tensor("about"))
            check_format(about["format"], FORMAT, run.path)
            if (count := len(about["frames"])) > MOST_FRAMES:
                raise ValueError(f"it has {count:,} epochs to look back at")
            self._layers = list(map(descriptions.layers, about["layers"]))
            self._frames = dict(map(self._described, about["frames"]))
            wrong = [name for epoch in self._frames for name in self._wrong(epoch)]
            if not wrong:
                self._products = {epoch: self._checked(epoch) for epoch in self._frames}
        except AecoreError:
            raise
        except (safetensors.SafetensorError, OSError) as error:
            raise self._damaged(f"cannot be read ({error})") from error
        except MALFORMED as error:
            raise self._damaged(f"does not make sense ({error})") from error
        if wrong or not self._frames:
            raise self._damaged(f"lacks or garbles {', '.join(wrong[:3]) or 'every epoch'}")

    def _wrong(self, epoch: int) -> list[str]:
        """Names of what the file should hold of an epoch, and does not in this shape."""
        own, index = f"{epoch:06d}", self._frames[epoch]["layers"]
        total = self.run.test_images
        (count,) = self._shapes.get("rows", [total])
        expected = {
            f"{own}/shown": ({"U8"}, [min(SHOWN, total), *self.run.image_shape]),
            f"{own}/codes": (FLOATS, [count, self.run.config.latent_dim]),
            "rows": ({"I32"}, [min(max(count, 1), total)]),
        }
        if "rows" not in self._shapes:
            del expected["rows"]
        if index is None and f"{own}/codes" not in self._shapes:
            del expected[f"{own}/codes"]
        wrong = [
            name
            for name, (kinds, shape) in expected.items()
            if self._shapes.get(name) != shape or self._types[name] not in kinds
        ]
        needed = [] if index is None else tensor_names(self._layers[index])
        return wrong + [f"{own}/{name}" for name in needed if not self._is_stored(self._place(epoch, name))]

    def _is_stored(self, place: str | None) -> bool:
        """Whether a tensor is there as numbers, or as `quantised` gives it."""
        if place is None or self._types[place] != "I8":
            return place is not None and self._types[place] in FLOATS and _scale(place) not in self._shapes
        shape, scale = self._shapes[place], _scale(place)
        return len(shape) == 2 and self._shapes.get(scale) == shape[:1] and self._types[scale] == "F16"

    def _described(self, frame: Record) -> tuple[int, Record]:
        """An epoch and what is said of it, every number in its range."""
        epoch, place = descriptions.epoch(frame["epoch"], self.run.config.epochs_to_do), frame["layers"]
        if place is not None and not is_count(place, len(self._layers) - 1):
            raise ValueError(f"epoch {epoch} has no layers")
        errors = {"error": frame["error"], "decoder_error": frame["decoder_error"]}
        return epoch, {name: descriptions.error(found) for name, found in errors.items()} | {"layers": place}

    def _checked(self, epoch: int) -> int:
        """How many products an epoch's decoder takes, which leads from a code to an image of the run."""
        index, run = self._frames[epoch]["layers"], self.run
        if index is None:
            layers, shapes = run.decoder.layers, {n: one.shape for n, one in run.decoder.tensors.items()}
        else:
            layers = self._layers[index]
            shapes = {name: self._shapes[self._place(epoch, name)] for name in tensor_names(layers)}
        try:
            like = run.config.latent_dim, len(run.classes), run.image_shape
            return descriptions.check_decoder(layers, shapes, *like).products
        except ValueError as error:
            raise ValueError(f"of epoch {epoch}, {error}") from error

    def has_decoder(self, epoch: int) -> bool:
        """Whether an epoch has a decoder that is not the run's own."""
        return self._frames[epoch]["layers"] is not None

    def products(self, epoch: int) -> int:
        """How many products it takes to draw one code with an epoch's decoder; nothing is read."""
        return self._products[epoch]

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
        return sum(
            math.prod(self._shapes[place]) * (4 if self._types[place] == "F32" else 2) for place in places
        )

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
        if rows.min(initial=0) < 0 or rows.max(initial=0) >= self.run.test_images:
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
        scale = _scale(place)
        if scale not in self._shapes:
            return self._tensor(place)
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


def _scale(place: str) -> str:
    """Where the scale of a tensor's rows stands."""
    return place.replace("/decoder/", "/scale/", 1)
