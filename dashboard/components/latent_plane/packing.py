"""Everything the latent plane shows, as one buffer that travels to the browser.

The buffer is safetensors. Its tensors:

| name | type | shape | meaning |
| --- | --- | --- | --- |
| `codes` | F32 | (n, d) | latent codes |
| `labels` | I16 | (n,) | class of each code, an index into `classes` |
| `errors` | F32 | (n,) | optional: reconstruction error per image, MSE per pixel |
| `pixels` | U8 | (m,) | optional: zlib-deflated uint8 pixels of all originals, (n, h, w, c) |
| `conditions` | I16 | (n,) | the class that each image is decoded with, where the decoder takes one |
| `prior_samples` | F32 | (m, d) | samples of a prior that is not the standard normal one |
| the decoder's own names | F32 or F16 | | its weights, in PyTorch's shapes |

Its metadata has one key, `plane`, holding JSON: `title`, `split`, `latent_dim`, `image_shape`
(h, w, c), `classes`, `layers`, `prior`, and `url`, the name of the address parameter for each part
of the state (`selection`, `position`, `view`, `axes`, `hidden`, `overlays`, `condition`). The
decoder's output has shape (c, h, w) and values in [0, 1].
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from safetensors.numpy import save

MAX_CLASSES = 32
RESERVED_NAMES = frozenset({"codes", "labels", "errors", "pixels", "conditions", "prior_samples"})
URL_PARTS = ("selection", "position", "view", "axes", "hidden", "overlays", "condition")
TENSOR_PARTS = ("weight", "bias", "mean", "variance", "weight_ih", "weight_hh", "bias_ih", "bias_hh")


def weight_names(layers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of all tensors that a decoder's layers need, each once, in order."""
    return list(dict.fromkeys(layer[part] for layer in layers for part in TENSOR_PARTS if part in layer))


def pack(
    *,
    codes: np.ndarray,
    labels: np.ndarray,
    decoder: Mapping[str, np.ndarray],
    layers: Sequence[Mapping[str, Any]],
    image_shape: Sequence[int],
    classes: Sequence[str],
    title: str,
    split: str,
    url_names: Mapping[str, str],
    prior: str | None = None,
    prior_samples: np.ndarray | None = None,
    conditions: np.ndarray | None = None,
    errors: np.ndarray | None = None,
    pixels: bytes | None = None,
) -> bytes:
    """Pack one run for the latent plane. Pure: equal arguments give equal bytes.

    Args:
        codes: latent codes, shape (n, d), d from 1 to 128.
        labels: class of each code as an index into `classes`, shape (n,).
        decoder: the decoder's weights by name, as PyTorch's `state_dict` shapes them; float16
            stays float16 (half the bytes), every other type becomes float32. `weight_names` says
            which there must be.
        layers: the decoder's layers in order, as `aecore.export` describes them.
        image_shape: (h, w, c) with c of 1 or 3.
        classes: class names, at most 32.
        title: what the plane calls this run, in labels and file names.
        split: which images the codes belong to, e.g. "test".
        url_names: the address parameter for each of `selection`, `position`, `view`, `axes`,
            `hidden`, `overlays` and `condition`; a part that is left out is not restored from the address.
        prior: name of the prior, or None where the model has none.
        prior_samples: samples that show a prior other than "standard_normal", shape (m, d).
        conditions: the class that each image is decoded with, shape (n,); given exactly where the
            layers begin with one of type "condition".
        errors: reconstruction error per image, MSE per pixel, shape (n,).
        pixels: the n original images, from `deflate`; one buffer serves every run of a data set.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if shapes, labels or names contradict one another.
    """
    codes = np.ascontiguousarray(codes, dtype=np.float32)
    if codes.ndim != 2 or not 1 <= codes.shape[1] <= 128:
        raise ValueError(f"codes must have shape (n, d) with d from 1 to 128, not {codes.shape}.")
    count, latent_dim = codes.shape
    tensors = {
        "codes": codes,
        "labels": _checked_labels(labels, count, len(classes)),
        **_checked_weights(decoder),
    }
    height, width, channels = (int(length) for length in image_shape)
    if channels not in (1, 3):
        raise ValueError(f"image_shape must end in 1 or 3 channels, not {channels}.")
    if missing := [name for name in weight_names(layers) if name not in decoder]:
        raise ValueError(f"The layers need tensors that decoder lacks: {', '.join(missing)}.")
    tensors |= _checked_conditions(conditions, layers, count, len(classes))
    tensors |= _checked_samples(prior, prior_samples, latent_dim)
    if unknown := set(url_names) - set(URL_PARTS):
        raise ValueError(f"url_names has unknown parts {sorted(unknown)}. Known: {', '.join(URL_PARTS)}.")
    if errors is not None:
        tensors["errors"] = np.ascontiguousarray(errors, dtype=np.float32)
        if tensors["errors"].shape != (count,):
            raise ValueError(f"errors must have shape ({count},), not {tensors['errors'].shape}.")
    if pixels is not None:
        tensors["pixels"] = np.frombuffer(pixels, np.uint8)
    plane = {
        "title": title,
        "split": split,
        "latent_dim": latent_dim,
        "image_shape": [height, width, channels],
        "classes": [str(name) for name in classes],
        "layers": [dict(layer) for layer in layers],
        "prior": prior,
        "url": dict(url_names),
    }
    return save(tensors, metadata={"plane": json.dumps(plane)})


def _checked_labels(labels: np.ndarray, count: int, classes: int, name: str = "labels") -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(f"{name} must have shape ({count},), not {labels.shape}.")
    if not 1 <= classes <= MAX_CLASSES:
        raise ValueError(f"The plane colours 1 to {MAX_CLASSES} classes, not {classes}.")
    if count and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(f"{name} run from {labels.min()} to {labels.max()}; there are {classes} classes.")
    return np.ascontiguousarray(labels, dtype=np.int16)


def _checked_conditions(
    conditions: np.ndarray | None, layers: Sequence[Mapping[str, Any]], count: int, classes: int
) -> dict[str, np.ndarray]:
    taken = [layer["classes"] for layer in layers if layer["type"] == "condition"]
    if (conditions is None) != (not taken):
        rest = "the layers take none" if conditions is not None else "the layers take one for each image"
        given = "conditions are" if conditions is not None else "No conditions are"
        raise ValueError(f"{given} given, but {rest}.")
    if conditions is None:
        return {}
    if taken != [classes]:
        raise ValueError(f"The layers take one of {taken[0]} classes; there are {classes}.")
    return {"conditions": _checked_labels(conditions, count, classes, "conditions")}


def _checked_samples(prior: str | None, samples: np.ndarray | None, latent_dim: int) -> dict[str, np.ndarray]:
    if (samples is None) != (prior in (None, "standard_normal")):
        rest = "needs prior_samples" if samples is None else "is shown without prior_samples"
        raise ValueError(f"A prior of {prior!r} {rest}.")
    if samples is None:
        return {}
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.ndim != 2 or samples.shape[1] != latent_dim or not len(samples):
        raise ValueError(f"prior_samples must have shape (m, {latent_dim}), not {samples.shape}.")
    return {"prior_samples": samples}


def _checked_weights(decoder: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    if clash := RESERVED_NAMES & set(decoder):
        raise ValueError(f"The decoder may not name a weight {sorted(clash)[0]!r}; rename it.")
    return {
        name: np.ascontiguousarray(weight, dtype=np.float16 if weight.dtype == np.float16 else np.float32)
        for name, weight in decoder.items()
    }


def deflate(pixels: np.ndarray) -> bytes:
    """Pixels as they travel to the browser, which inflates them off its main thread.

    Args:
        pixels: uint8, shape (n, h, w, c).

    Returns:
        The deflated bytes: of 10,000 MNIST images a quarter, in 0.4 s.

    Raises:
        ValueError: if the pixels are not uint8 images.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 4:
        raise ValueError(f"pixels must be uint8 (n, h, w, c), not {pixels.dtype} {pixels.shape}.")
    return zlib.compress(np.ascontiguousarray(pixels), 6)  # above 6 halves nothing further
