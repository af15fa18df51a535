"""Everything the latent plane shows, as one buffer that travels to the browser.

The buffer is safetensors. Its tensors:

| name | type | shape | meaning |
| --- | --- | --- | --- |
| `codes` | F32 | (n, d) | latent codes |
| `labels` | I16 | (n,) | class of each code, an index into `classes`; 0 where there are none |
| `errors` | F32 | (n,) | optional: reconstruction error per image, MSE per pixel |
| `kl`, `density` | F32 | (n,) | optional: what dots are coloured by, as `aecore.analysis.per_image` has it |
| `conditions` | I16 | (n,) | the class that each image is decoded with, where the decoder takes one |
| `prior_samples` | F32 | (m, d) | samples of a prior that is not the standard normal one |
| `positions` | F32 | (n, 2) | of a projection: where its dots lie, in place of latent axes |
| `indices` | I32 | (n,) | which image each row is, where it is not the row |
| the decoder's own names | F32 or F16 | | its weights, in PyTorch's shapes |

Its metadata has one key, `plane`, holding JSON: `title`, `split`, `latent_dim`, `image_shape`
(h, w, c), `classes`, `layers`, `prior`, `group` and `name`; `axes`, the two latent dimensions to open
on, and the `dead` ones, both counted from 0; `weights`, what each dimension says, as `Dimensions` has it,
and `is_kl`, whether that is KL in nats or a variance; `colours`, what dots can be coloured by; `url`, the
name of the address parameter for each part of the state (`selection`, `position`, `view`, `axes`, `hidden`,
`overlays`, `condition`, `subset`, `colour`, and `run`, the plane's own name); and `originals`, where the
original images are, or null: images k * rows to (k + 1) * rows stand at `<address>/<k>` as uint8
(rows, h, w, c), and where its `sheets` are not null, thumbnails of images k * rows on at `<address>/<k>` of
those, so many `columns` in a line of one picture, each `height` x `width`. The decoder's output has shape
(c, h, w) and values in [0, 1].

What the planes of a group share travels once, by `pack_images`: the tensor `labels`, and
under the key `images` their description. What is laid over the planes, by `pack_marks`: for each map of
holes, and for its finer part, `<k>.<part>.cycle_error` F32 and `<k>.<part>.holes` U8, both (size, size),
rows from the smallest y up; and under the key `marks` the marks and what map is whose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import save

from aecore.decoder import Decoder
from aecore.latent import priors
from dashboard.shared.dimensions import Dimensions

MAX_CLASSES = 1000
"""As many as a data set may have."""
RESERVED_NAMES = frozenset(
    {"codes", "labels", "errors", "conditions", "prior_samples", "positions", "indices", "kl", "density"}
)
VALUES = ("kl", "density")
CHOSEN = ("selection", "position", "view", "axes", "hidden", "overlays", "condition", "subset", "colour")
URL_PARTS = (*CHOSEN, "run")
SHARED_URL_PARTS = (
    *("selection", "position", "source", "link", "window", "hidden", "overlays", "condition", "colour"),
)


class Sheets(NamedTuple):
    """Where thumbnails of the original images are, on sheets of many.

    Attributes:
        address: of the sheets, relative to the page's.
        rows: thumbnails on each sheet.
        columns: of them in a line.
        height: of a thumbnail, in pixels.
        width: likewise.
    """

    address: str
    rows: int
    columns: int
    height: int
    width: int


class Originals(NamedTuple):
    """Where the original images are: in parts that the browser asks for when it is to show one of them.

    Attributes:
        address: of the parts, relative to the page's.
        rows: images in each part.
        sheets: where their thumbnails are, for images that are too many or too large to be had all at once.
    """

    address: str
    rows: int
    sheets: Sheets | None = None

    def described(self) -> dict[str, Any]:
        """As JSON values by name."""
        return {**self._asdict(), "sheets": self.sheets and self.sheets._asdict()}


class Remote(NamedTuple):
    """A packed plane that the browser fetches.

    Attributes:
        address: where it is, relative to the page's; whatever is there never changes.
        about: what the description says otherwise here, see `placed`.
    """

    address: str
    about: dict[str, Any]


def placed(
    group: str,
    *,
    url_names: Mapping[str, str] | None = None,
    originals: Originals | None = None,
    colours: Sequence[str] = (),
) -> dict[str, Any]:
    """What a plane's description says of the place where it stands, and not of its run.

    Args:
        group: as in `pack`, like the others.
        url_names: the address parameter for each part of the state.
        originals: where the original images are.
        colours: what dots can be coloured by.

    Returns:
        JSON values by name.

    Raises:
        ValueError: if a part of the state has a name that is not known.
    """
    url_names = url_names or {}
    _check_url_names(url_names, URL_PARTS)
    return {
        "group": group,
        "url": dict(url_names),
        "originals": originals and originals.described(),
        "colours": list(colours),
    }


def pack(
    *,
    labels: np.ndarray | None,
    image_shape: Sequence[int],
    classes: Sequence[str],
    title: str,
    split: str,
    codes: np.ndarray | None = None,
    decoder: Decoder | None = None,
    url_names: Mapping[str, str] | None = None,
    group: str = "",
    name: str = "",
    positions: np.ndarray | None = None,
    indices: np.ndarray | None = None,
    prior: str | None = None,
    prior_samples: np.ndarray | None = None,
    conditions: np.ndarray | None = None,
    errors: np.ndarray | None = None,
    originals: Originals | None = None,
    dimensions: Dimensions | None = None,
    values: Mapping[str, np.ndarray] | None = None,
    colours: Sequence[str] = (),
) -> bytes:
    """Pack one run for the latent plane. Pure: equal arguments give equal bytes.

    Args:
        labels: class of each code as an index into `classes`, shape (n,); None where there are no classes.
        image_shape: (h, w, c) with c of 1 or 3.
        classes: class names, at most 1,000; none where the images have no labels.
        title: what the plane calls this run, in labels and file names.
        split: which images the codes belong to, e.g. "test".
        codes: latent codes, shape (n, d), d from 1 to 128; only a projection can do without.
        decoder: what decodes the codes; None where nothing is decoded.
            Of its tensors float16 stays float16 (half the bytes), every other type becomes float32.
        url_names: the address parameter for each of `selection`, `position`, `view`, `axes`,
            `hidden`, `overlays`, `condition`, `subset`, `colour` and `run`; a part that is left out is not
            restored from the address.
        group: planes of one group share what is pointed at, chosen, hidden and laid over them.
        name: what marks, holes and the address call the plane within its group.
        positions: makes it a projection: the dots lie here, shape (n, 2), and nothing between them is
            decoded; a dot's image is decoded from its code where `codes` and `decoder` are given.
        indices: which image of the split each row is, shape (n,); the rows in order if not given.
        prior: name of the prior, or None where the model has none.
        prior_samples: samples that show a prior other than N(0, I), shape (m, d).
        conditions: the class that each image is decoded with, shape (n,); given exactly where the
            decoder takes one.
        errors: reconstruction error per image, MSE per pixel, shape (n,).
        originals: where the n original images are; None where they are not on this machine.
        dimensions: which latent dimensions the plane opens on, which are dead, and what each says; those of
            the largest variance, none, and nothing if not given.
        values: kl and density per image, each (n,).
        colours: names of `aecore.analysis.per_image` that dots can be coloured by, and right: those that are
            packed here, and those that are to follow when they are asked for; cluster; and "column-" with the
            name of each column of the images.

    Returns:
        The safetensors buffer.

    Raises:
        ValueError: if shapes, labels or names contradict one another.
    """
    tensors = _checked_places(codes, positions, indices, decoder)
    latent_dim = tensors["codes"].shape[1] if codes is not None else 0
    count = len(tensors["codes" if positions is None else "positions"])
    tensors |= {
        "labels": checked_labels(labels, count, len(classes)),
        **(checked_weights(decoder) if decoder else {}),
    }
    tensors |= _checked_conditions(conditions, decoder, count, len(classes))
    tensors |= _checked_samples(prior, prior_samples, latent_dim)
    if errors is not None:
        tensors["errors"] = np.ascontiguousarray(errors, dtype=np.float32)
        if tensors["errors"].shape != (count,):
            raise ValueError(f"errors must have shape ({count},), not {tensors['errors'].shape}.")
    for part, array in (values or {}).items():
        if part not in VALUES or np.shape(array) != (count,):
            raise ValueError(f"values are {' and '.join(VALUES)} of {count} images, not {part!r}.")
        tensors[part] = np.ascontiguousarray(array, dtype=np.float32)
    plane = {
        "title": title,
        "split": split,
        "latent_dim": latent_dim,
        "image_shape": checked_shape(image_shape),
        "classes": [str(label) for label in classes],
        "layers": decoder and list(decoder.layers),
        "prior": prior,
        "name": name,
        "axes": list(dimensions.first) if dimensions and dimensions.first else None,
        "dead": list(dimensions.dead) if dimensions else [],
        "weights": list(dimensions.weights) if dimensions and dimensions.weights else None,
        "is_kl": bool(dimensions and dimensions.is_kl),
        **placed(group, url_names=url_names, originals=originals, colours=colours),
    }
    return save(tensors, metadata={"plane": json.dumps(plane)})


def _checked_places(
    codes: np.ndarray | None,
    positions: np.ndarray | None,
    indices: np.ndarray | None,
    decoder: Decoder | None,
) -> dict[str, np.ndarray]:
    if positions is None and codes is None:
        raise ValueError("Only a projection, with positions, goes without codes.")
    if decoder is not None and codes is None:
        raise ValueError("A decoder is given without the codes that it decodes.")
    tensors: dict[str, np.ndarray] = {}
    if codes is not None:
        tensors["codes"] = np.ascontiguousarray(codes, dtype=np.float32)
        if tensors["codes"].ndim != 2 or not 1 <= tensors["codes"].shape[1] <= 128:
            raise ValueError(f"codes must have shape (n, d) with d from 1 to 128, not {codes.shape}.")
    if positions is not None:
        tensors["positions"] = np.ascontiguousarray(positions, dtype=np.float32)
        count = len(positions) if codes is None else len(codes)
        if tensors["positions"].shape != (count, 2):
            raise ValueError(f"positions must have shape ({count}, 2), not {positions.shape}.")
    if indices is not None:
        tensors["indices"] = np.ascontiguousarray(indices, dtype=np.int32)
        count = len(next(iter(tensors.values())))
        if tensors["indices"].shape != (count,) or len(np.unique(indices)) != count:
            raise ValueError(f"indices must be {count} different rows of the split, shape ({count},).")
    return tensors


def checked_shape(image_shape: Sequence[int]) -> list[int]:
    """The shape (h, w, c) of images in one or three channels."""
    height, width, channels = (int(length) for length in image_shape)
    if channels not in (1, 3):
        raise ValueError(f"image_shape must end in 1 or 3 channels, not {channels}.")
    return [height, width, channels]


def _check_url_names(url_names: Mapping[str, str], known: Sequence[str]) -> None:
    if unknown := set(url_names) - set(known):
        raise ValueError(f"url_names has unknown parts {sorted(unknown)}. Known: {', '.join(known)}.")


def checked_labels(labels: np.ndarray | None, count: int, classes: int, name: str = "labels") -> np.ndarray:
    """So many classes as they travel, int16; all 0 where images have none."""
    if (labels is None) != (not classes):
        raise ValueError(f"There are {classes} classes, and {name} are{' not' * (labels is None)} given.")
    labels = np.zeros(count, np.int16) if labels is None else np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(f"{name} must have shape ({count},), not {labels.shape}.")
    if classes > MAX_CLASSES:
        raise ValueError(f"The plane colours up to {MAX_CLASSES} classes, not {classes}.")
    if count and classes and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(f"{name} run from {labels.min()} to {labels.max()}; there are {classes} classes.")
    return np.ascontiguousarray(labels, dtype=np.int16)


def _checked_conditions(
    conditions: np.ndarray | None, decoder: Decoder | None, count: int, classes: int
) -> dict[str, np.ndarray]:
    taken = decoder.classes if decoder else 0
    if (conditions is None) != (not taken):
        rest = "the decoder takes none" if conditions is not None else "the decoder takes one for each image"
        given = "conditions are" if conditions is not None else "No conditions are"
        raise ValueError(f"{given} given, but {rest}.")
    if conditions is None:
        return {}
    if taken != classes:
        raise ValueError(f"The decoder takes one of {taken} classes; there are {classes}.")
    return {"conditions": checked_labels(conditions, count, classes, "conditions")}


def _checked_samples(prior: str | None, samples: np.ndarray | None, latent_dim: int) -> dict[str, np.ndarray]:
    if (samples is None) != priors.is_standard_normal(prior):
        rest = "needs prior_samples" if samples is None else "is shown without prior_samples"
        raise ValueError(f"A prior of {prior!r} {rest}.")
    if samples is None:
        return {}
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if samples.ndim != 2 or samples.shape[1] != latent_dim or not len(samples):
        raise ValueError(f"prior_samples must have shape (m, {latent_dim}), not {samples.shape}.")
    return {"prior_samples": samples}


def checked_weights(decoder: Decoder) -> dict[str, np.ndarray]:
    """A decoder's tensors as they travel, float16 or float32."""
    if clash := RESERVED_NAMES & set(decoder.tensors):
        raise ValueError(f"The decoder may not name a weight {sorted(clash)[0]!r}; rename it.")
    return {
        name: np.ascontiguousarray(weight, dtype=np.float16 if weight.dtype == np.float16 else np.float32)
        for name, weight in decoder.tensors.items()
    }
