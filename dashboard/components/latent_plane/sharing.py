"""What the planes of a group share, as buffers that travel to the browser once; `packing` has the format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors.numpy import save

from dashboard.components.latent_plane.packing import (
    SHARED_URL_PARTS,
    Originals,
    _check_url_names,
    checked_labels,
    checked_shape,
)

NEAR = "near_"
"""What the arrays of the finer part of a map begin with."""
UNASKED = -2
"""For `image`: the planes' own choice stands."""


@dataclass(frozen=True)
class Mark:
    """Something of the person's own on a plane.

    Attributes:
        plane: the plane's name in its group, a run id.
        code: its latent code, shape (d,), of a posterior the mean; on a projection its position, (2,).
        spread: the posterior's standard deviations, shape (d,); None where there is no posterior.
        title: what to call it.
        condition: the class to decode it as, where the decoder takes one.
        image: its pixels in [0, 1], shape (h, w, c); None where only its code is known.
    """

    plane: str
    code: np.ndarray
    spread: np.ndarray | None
    title: str
    condition: int | None = None
    image: np.ndarray | None = None


@dataclass(frozen=True)
class Way:
    """A way through a plane's codes, from a ring to a ring.

    Attributes:
        plane: the plane's name in its group, a run id.
        codes: latent codes on the way, shape (steps, d).
        is_round: whether it turns round 0; it is then dashed.
    """

    plane: str
    codes: np.ndarray
    is_round: bool


def pack_images(
    *,
    labels: np.ndarray | None,
    count: int,
    classes: Sequence[str],
    image_shape: Sequence[int],
    split: str,
    group: str,
    url_names: Mapping[str, str] | None = None,
    originals: Originals | None = None,
    first: Mapping[str, object] | None = None,
) -> bytes:
    """Pack what a group of planes has in common. Pure: equal arguments give equal bytes.

    Args:
        labels: class of each image as an index into `classes`, shape (n,); None where there are no classes.
        count: n, how many images there are.
        classes: class names, at most 1,000; none where the images have no labels.
        image_shape: (h, w, c) with c of 1 or 3.
        split: which images they are, e.g. "test".
        group: the group's name.
        url_names: the address parameter for each of `selection`, `position`, `source`, `link`, `window`,
            `hidden`, `overlays`, `condition` and `colour`; a part that is left out is not restored from the
            address.
        originals: where the n original images are; None where they are not on this machine.
        first: what the planes open with: `window`, "codes" or "prior", and the names of the `overlays` that
            are on; each where its codes lie and none if not given.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if labels or names contradict one another.
    """
    _check_url_names(url_names or {}, SHARED_URL_PARTS)
    tensors = {"labels": checked_labels(labels, count, len(classes))}
    images = {
        "group": group,
        "split": split,
        "image_shape": checked_shape(image_shape),
        "classes": [str(name) for name in classes],
        "url": dict(url_names or {}),
        "originals": originals and originals.described(),
        **({"first": dict(first)} if first else {}),
    }
    return save(tensors, metadata={"images": json.dumps(images)})


def pack_marks(
    group: str,
    marks: Sequence[Mark] = (),
    holes: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    image: int | None = UNASKED,
    values: Mapping[str, np.ndarray] | None = None,
    ways: Sequence[Way] = (),
    words: Mapping[str, Sequence[str]] | None = None,
    whose: str = "",
    clusters_of: str = "",
) -> bytes:
    """Pack what is laid over the planes of a group. Pure: equal arguments give equal bytes.

    Args:
        group: the group's name.
        marks: what to mark, on which plane.
        holes: maps of holes by the plane's name, with the arrays of `aecore.analysis.holes.HolesMap`.
        image: the test image that the group is to choose, None for none; its own choice if not given.
        values: what dots can be coloured by, a number per test image, NaN where it is not known, by its name
            in the address.
        ways: what leads through the planes' codes.
        words: of values that are indices, what they stand for, by the same name.
        whose: the plane, by its name, that alone the values are of; of every plane if not given.
        clusters_of: what the run is called whose codes' clusters all planes show.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if a map is not square, or a spread is not as long as its code.
    """
    # A buffer of safetensors holds at least one tensor.
    tensors: dict[str, np.ndarray] = {"none": np.zeros(1, np.uint8)}
    maps = {}
    for k, (plane, arrays) in enumerate((holes or {}).items()):
        maps[plane] = [_placed_map(arrays, prefix) for prefix in ("", NEAR) if f"{prefix}x" in arrays]
        for part, (prefix, placed) in enumerate(zip(("", NEAR), maps[plane], strict=False)):
            key = placed["key"] = f"{k}.{part}"
            tensors[f"{key}.cycle_error"] = np.ascontiguousarray(
                arrays[f"{prefix}cycle_error"], dtype=np.float32
            )
            tensors[f"{key}.holes"] = np.ascontiguousarray(arrays[f"{prefix}holes"], dtype=np.uint8)
    for k, mark in enumerate(marks):
        if mark.image is not None:  # channels first, as the browser decodes
            tensors[f"mark.{k}"] = np.ascontiguousarray(np.moveaxis(mark.image, -1, 0), dtype=np.float32)
    for name, array in (values or {}).items():
        tensors[f"value.{name}"] = np.ascontiguousarray(array, dtype=np.float32)
    described = {
        "group": group,
        "values": list(values or {}),
        "words": {name: list(own) for name, own in (words or {}).items()},
        "whose": whose,
        "clusters_of": clusters_of,
        "marks": [_mark_json(mark) for mark in marks],
        "ways": [
            {"plane": way.plane, "round": way.is_round, "codes": np.asarray(way.codes, np.float64).tolist()}
            for way in ways
        ],
        "holes": maps,
        "image": None if image == UNASKED else {"index": image},
    }
    return save(tensors, metadata={"marks": json.dumps(described)})


def _placed_map(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, Any]:
    x, y = arrays[f"{prefix}x"], arrays[f"{prefix}y"]
    size = len(x)
    for name in (f"{prefix}cycle_error", f"{prefix}holes"):
        if arrays[name].shape != (size, size) or len(y) != size or size < 2:
            shape = arrays[name].shape
            raise ValueError(f"{name} must have shape ({size}, {size}), as x and y, not {shape}.")
    return {"size": size, "x": [float(x[0]), float(x[-1])], "y": [float(y[0]), float(y[-1])]}


def _mark_json(mark: Mark) -> dict[str, Any]:
    code = np.asarray(mark.code, np.float64).tolist()
    spread = None if mark.spread is None else np.asarray(mark.spread, np.float64).tolist()
    if spread is not None and len(spread) != len(code):
        raise ValueError(f"A spread of {len(spread)} numbers is given for a code of {len(code)}.")
    about = {"plane": mark.plane, "title": mark.title, "condition": mark.condition}
    return {**about, "code": code, "spread": spread}
