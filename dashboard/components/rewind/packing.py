"""The kept epochs of a training, as one buffer that travels to the browser.

The buffer is safetensors. Its tensors:

| name | type | shape | meaning |
| --- | --- | --- | --- |
| `codes/<epoch>` | F32 or F16 | (n, d) | latent codes at that epoch; F16 where that loses nothing |
| `labels` | I16 | (n,) | class of each code, an index into `classes`; 0 where there are none |
| `rows` | I32 | (n,) | optional: which image of the split each code is, where it is not the row |
| `conditions` | I16 | (1 or k, n) | the class that each image is decoded with, at all epochs or at each |
| `shown` | U8 | (k, m, h, w, c) | reconstructions of the fixed test images at each epoch |
| `originals` | U8 | (m, h, w, c) | optional: these images themselves |
| `decoder/<epoch>` | U8 | (bytes,) | a decoder, as `pack_decoder` packs it |

Its metadata has one key, `rewind`, holding JSON: `title`, `split`, `name`, `latent_dim`, `image_shape`
(h, w, c), `classes`, `epochs`, `total_epochs`, `total_images`, `images` (which images of the split the
fixed ones are), `places` (which code each of them is, -1 where it is none), `test_losses`, `loss_name`,
`decoder_error`, `axes` (the two dimensions to open on, null where the browser chooses), `is_live`, and
`in_place`, the group of the plane in whose place it stands, empty where it stands by itself.

A decoder's buffer holds its weights by name, in PyTorch's shapes, F32 or F16, and under the key
`decoder` JSON: `epoch`, `layers`, `name`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import numpy as np
from safetensors.numpy import save

from aecore.decoder import Decoder
from dashboard.components.latent_plane.packing import (
    checked_labels,
    checked_shape,
    checked_weights,
)

MAX_DIMENSIONS = 128


def pack_decoder(epoch: int, decoder: Decoder, name: str = "") -> bytes:
    """Pack the decoder of one epoch. Pure: equal arguments give equal bytes.

    Args:
        epoch: whose it is.
        decoder: what decoded at that epoch; of its tensors float16 stays float16, every other type becomes
            float32.
        name: the rewind that it is for, as `pack_rewind` was told.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if a tensor is called as what travels beside it.
    """
    described = {"epoch": int(epoch), "layers": list(decoder.layers), "name": name}
    # A buffer of safetensors holds at least one tensor.
    weights = checked_weights(decoder)
    return save(weights or {"none": np.zeros(1, np.uint8)}, metadata={"decoder": json.dumps(described)})


def pack_rewind(
    *,
    epochs: Sequence[int],
    codes: Sequence[np.ndarray],
    labels: np.ndarray | None,
    classes: Sequence[str],
    image_shape: Sequence[int],
    shown: np.ndarray,
    originals: np.ndarray | None,
    decoders: Mapping[int, Decoder],
    title: str,
    split: str,
    rows: np.ndarray | None = None,
    test_losses: Sequence[float | None] | None = None,
    conditions: np.ndarray | None = None,
    is_live: bool = False,
    decoder_error: Sequence[float | None] | None = None,
    images: Sequence[int] | None = None,
    total_images: int | None = None,
    total_epochs: int | None = None,
    loss_name: str = "test loss",
    name: str = "",
    has_prior: bool = False,
    axes: tuple[int, int] | None = None,
    in_place: str = "",
) -> bytes:
    """Pack the kept epochs of a training. Pure: equal arguments give equal bytes.

    Args:
        epochs: the kept epochs' numbers, k of them, ascending; 0 is the untrained model. Live: one.
        codes: latent codes at each, k arrays (n, d), d from 1 to 128.
        labels: class of each code as an index into `classes`, shape (n,); None where there are no classes.
        classes: class names, at most 1,000; none where the images have no labels.
        image_shape: (h, w, c) with c of 1 or 3.
        shown: reconstructions of the fixed test images at each epoch, uint8 (k, m, h, w, c).
        originals: these images, uint8 (m, h, w, c); None where they are not on this machine.
        decoders: by epoch, of all epochs or of some; `rewind` asks for the rest.
        title: what this training is called.
        split: which images the codes belong to, e.g. "test".
        rows: which image of the split each code is, shape (n,), where they are not all of them.
        test_losses: the test loss at each epoch, k values, None where it is not known.
        conditions: the class that each image is decoded with, shape (n,), or (k, n) where it changes;
            given exactly where the decoders take one.
        is_live: whether this is the newest epoch of a training under way, to be sent anew each epoch.
        decoder_error: how far each epoch's decoder, compressed, is from its own, k values, root mean
            square of pixels in [0, 1]; None where it is not compressed.
        images: which images of the split the fixed ones are, m of them, to find and name their codes.
        total_images: how many images the split has; as many as there are codes if rows are not given.
        total_epochs: how many epochs the training has; the last kept one if not given.
        loss_name: what the test losses are, with their unit.
        name: names this rewind for `pack_decoder`, a run id.
        has_prior: whether the codes are trained towards a prior, whose scale then holds for the window.
        axes: the two dimensions to open on; those of the largest variance if not given.
        in_place: the group of the plane in whose place it is shown while it stands before the last epoch; a
            track of the same name (`components.epoch_track`) then has its controls.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if shapes, labels or epochs contradict one another.
    """
    tensors = _checked_codes(epochs, codes)
    k, (count, latent_dim) = len(epochs), codes[0].shape
    if is_live and k != 1:
        raise ValueError(f"A live rewind shows the newest epoch alone, not {k} of them.")
    tensors["labels"] = checked_labels(labels, count, len(classes))
    tensors |= _checked_pictures(shown, originals, k, checked_shape(image_shape))
    tensors |= _checked_rows(rows, count)
    tensors |= _checked_classes(conditions, decoders, count, k, len(classes))
    for epoch, decoder in decoders.items():
        if epoch not in epochs:
            raise ValueError(f"There is a decoder of epoch {epoch}, which is not among the kept epochs.")
        tensors[f"decoder/{epoch}"] = np.frombuffer(pack_decoder(epoch, decoder, name), np.uint8)
    described = {
        "title": title,
        "split": split,
        "name": name,
        "latent_dim": latent_dim,
        "image_shape": checked_shape(image_shape),
        "classes": [str(label) for label in classes],
        "epochs": [int(epoch) for epoch in epochs],
        "total_epochs": None if total_epochs is None else int(total_epochs),
        "total_images": _total(total_images, count, rows),
        "images": None if images is None else [int(image) for image in images],
        "places": _places(images, tensors["shown"].shape[1], rows, count),
        "test_losses": _numbers("test_losses", test_losses, k),
        "loss_name": loss_name,
        "decoder_error": _numbers("decoder_error", decoder_error, k),
        "is_live": bool(is_live),
        "has_prior": bool(has_prior),
        "axes": None if axes is None else [int(dimension) for dimension in axes],
        "in_place": in_place,
    }
    return save(tensors, metadata={"rewind": json.dumps(described)})


def _checked_codes(epochs: Sequence[int], codes: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    if not len(epochs) or len(epochs) != len(codes):
        raise ValueError(f"There are {len(epochs)} epochs and codes of {len(codes)}.")
    if list(epochs) != sorted(set(epochs)) or epochs[0] < 0:
        raise ValueError(f"Epochs must ascend from 0 or more, not {', '.join(map(str, epochs))}.")
    shapes = sorted({array.shape for array in codes})
    if len(shapes) > 1 or len(shapes[0]) != 2 or not 1 <= shapes[0][1] <= MAX_DIMENSIONS:
        raise ValueError(f"codes must all have one shape (n, d) with d from 1 to 128, not {shapes}.")
    return {f"codes/{epoch}": _narrowed(array) for epoch, array in zip(epochs, codes, strict=True)}


def _narrowed(codes: np.ndarray) -> np.ndarray:
    """Codes as float16 where they are float16 numbers anyway: half the bytes, nothing lost."""
    wide = np.ascontiguousarray(codes, dtype=np.float32)
    with np.errstate(over="ignore"):
        narrow = wide.astype(np.float16)
    return narrow if np.array_equal(narrow, wide) else wide


def _checked_pictures(
    shown: np.ndarray, originals: np.ndarray | None, k: int, shape: list[int]
) -> dict[str, np.ndarray]:
    expected = (k, *shown.shape[1:2], *shape)
    if shown.dtype != np.uint8 or shown.shape != expected or not shown.size:
        raise ValueError(f"shown must be uint8 ({k}, m, h, w, c), not {shown.dtype} {shown.shape}.")
    pictures = {"shown": np.ascontiguousarray(shown)}
    if originals is not None:
        if originals.dtype != np.uint8 or originals.shape != shown.shape[1:]:
            raise ValueError(f"originals must be uint8 {shown.shape[1:]}, not {originals.shape}.")
        pictures["originals"] = np.ascontiguousarray(originals)
    return pictures


def _checked_rows(rows: np.ndarray | None, count: int) -> dict[str, np.ndarray]:
    if rows is None:
        return {}
    rows = np.ascontiguousarray(rows, dtype=np.int32)
    if rows.shape != (count,) or len(np.unique(rows)) != count:
        raise ValueError(f"rows must be {count} different images of the split, shape ({count},).")
    return {"rows": rows}


def _checked_classes(
    conditions: np.ndarray | None,
    decoders: Mapping[int, Decoder],
    count: int,
    k: int,
    classes: int,
) -> dict[str, np.ndarray]:
    for epoch, decoder in decoders.items():
        takes = decoder.classes > 0
        if takes != (conditions is not None):
            rest = "takes a class, and no conditions are given" if takes else "takes no class"
            raise ValueError(f"The decoder of epoch {epoch} {rest}.")
    if conditions is None:
        return {}
    conditions = np.atleast_2d(conditions)
    if len(conditions) not in (1, k):
        raise ValueError(f"conditions must have shape ({count},) or ({k}, {count}), not {conditions.shape}.")
    return {"conditions": np.stack([checked_labels(row, count, classes, "conditions") for row in conditions])}


def _total(total: int | None, count: int, rows: np.ndarray | None) -> int | None:
    if total is None:
        return count if rows is None else None
    if total < count or (rows is not None and total <= int(np.max(rows))):
        raise ValueError(f"{count} codes of {total} images do not go together.")
    return int(total)


def _places(images: Sequence[int] | None, shown: int, rows: np.ndarray | None, count: int) -> list[int]:
    """Which code each fixed image is, -1 where it is none of them or nobody says."""
    if images is None:
        return [-1] * shown
    if len(images) != shown:
        raise ValueError(f"images names {len(images)}; {shown} are shown.")
    known = range(count) if rows is None else np.asarray(rows).tolist()
    place = {image: row for row, image in enumerate(known)}
    return [place.get(int(image), -1) for image in images]


def _numbers(what: str, values: Sequence[float | None] | None, k: int) -> list[float | None] | None:
    if values is None:
        return None
    if len(values) != k:
        raise ValueError(f"{what} must be {k} values, not {len(values)}.")
    # JSON has no word for what is not a number.
    return [None if value is None or not math.isfinite(value) else float(value) for value in values]
