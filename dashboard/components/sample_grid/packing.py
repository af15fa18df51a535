"""What the grid of samples and its plane show, as two buffers that travel to the browser.

Both are safetensors. The plane's tensors are `positions` F32 (n, 2), the test images' codes on its two axes,
and `labels` I16 (n,); its metadata has one key, `places`, holding JSON: `group`, `axes` (the dimensions
shown, counted from 0, the second -1 where there is one only), `classes` (how many) and `split`.

The grid's tensors are `images` U8 (n, h, w, c), optionally `nearest`, likewise, and optionally `places`
F32 (n, 2), where each was drawn on those axes; its metadata has one key, `samples`, holding JSON: `group`,
`captions` (lines under each), `codes` (each as text) and `shows_normal`, whether N(0, I) is drawn there too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from safetensors.numpy import save

from dashboard.components.latent_plane.packing import checked_labels, checked_shape


def pack_places(
    *,
    codes: np.ndarray,
    labels: np.ndarray | None,
    classes: int,
    axes: tuple[int, int],
    split: str,
    group: str,
) -> bytes:
    """Pack the plane. Pure: equal arguments give equal bytes.

    Args:
        codes: latent codes of the images, shape (n, d).
        labels: class of each from 0, shape (n,); None where there are no classes.
        classes: how many there are, at most 1,000.
        axes: the two dimensions to show, from 0; the second -1 where there is one only.
        split: which images they are, e.g. "test".
        group: the name by which grid and plane find one another.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if labels contradict the classes or the codes.
    """
    tensors = {"positions": placed(codes, axes), "labels": checked_labels(labels, len(codes), classes)}
    about = {"group": group, "axes": list(axes), "classes": classes, "split": split}
    return save(tensors, metadata={"places": json.dumps(about)})


def pack_samples(
    *,
    images: np.ndarray,
    nearest: np.ndarray | None,
    codes: np.ndarray,
    axes: tuple[int, int] | None,
    captions: Sequence[Sequence[str]],
    group: str,
    shows_normal: bool = False,
) -> bytes:
    """Pack the grid. Pure: equal arguments give equal bytes.

    Args:
        images: what was drawn, (n, h, w, c) in [0, 1], c of 1 or 3.
        nearest: the real image beside each, likewise; None for none.
        codes: what each was decoded from, (n, d).
        axes: as for `pack_places`; None where there is no plane.
        captions: lines under each sample, n times as many; none if empty.
        group: as for `pack_places`.
        shows_normal: whether the plane shows the standard deviations of N(0, I).

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if there are not as many codes, captions or nearest images as samples.
    """
    checked_shape(images.shape[1:])
    tensors = {"images": as_bytes(images)}
    if nearest is not None:
        tensors["nearest"] = as_bytes(nearest)
        if nearest.shape != images.shape:
            raise ValueError(f"nearest must have shape {images.shape}, not {nearest.shape}.")
    if len(codes) != len(images) or len(captions) not in (0, len(images)):
        raise ValueError(
            f"{len(images)} images, {len(codes)} codes and {len(captions)} captions do not match."
        )
    if axes:
        tensors["places"] = placed(codes, axes)
    about = {
        "group": group,
        "captions": [list(lines) for lines in captions],
        "codes": [_text(code) for code in codes],
        "shows_normal": shows_normal,
    }
    return save(tensors, metadata={"samples": json.dumps(about)})


def placed(codes: np.ndarray, axes: tuple[int, int]) -> np.ndarray:
    """Codes on two of their dimensions, float32 (n, 2); the second is 0 where it is -1."""
    columns = [codes[:, axis] if axis >= 0 else np.zeros(len(codes)) for axis in axes]
    return np.ascontiguousarray(np.stack(columns, 1), dtype=np.float32)


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1] as the nearest of 256 steps."""
    return np.ascontiguousarray((np.clip(images, 0, 1) * 255).round(), dtype=np.uint8)


def _text(code: np.ndarray, shown: int = 3) -> str:
    words = ", ".join(f"{value:.2f}".replace("-", "\u2212") for value in code[:shown])
    return words + ", …" * (len(code) > shown)
