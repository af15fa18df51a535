"""Models and codes from elsewhere, adopted as runs: described by the layers that the browser knows, and kept.

`adopt` takes PyTorch modules, `adopt_file` an ONNX decoder and encoder or a table of codes, `add_codes` codes
alone. Nothing is kept of what is refused, and nothing is unpickled.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from aecore import datasets
from aecore.adoption import adopted_run, agreement, networks, pictures, readings
from aecore.adoption.agreement import Network
from aecore.adoption.readings import Decoding, Encoding, Image, Layout, Output, Pixels
from aecore.datasets import Images
from aecore.datasets._faults import LARGEST_SIDE, LEAST_IMAGES
from aecore.errors import BadValue, CannotAdopt, quoted
from aecore.importers import add_images, metadata
from aecore.importers.formats import arrays
from aecore.importers.settings import TEST_SHARE, check_name
from aecore.latent import priors
from aecore.models.described import DescribedModel
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore

if TYPE_CHECKING:
    from aecore.runs import Run

TRIED = 256
"""Images that readings are compared on, and codes that network and description are."""
SAMPLES = 2000
"""Codes that a decoder without images gets: samples of the prior."""
SHARE_SHOWN = 0.5
"""Of the images that come with codes: those that are shown and measured on."""
MARGIN = 1.25
"""By which a split may turn out smaller than its share: equal images stay together."""
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Adoption:
    """What became of a model or of codes.

    Attributes:
        run: as it is kept.
        notes: how it was read, a sentence each.
        off: the largest difference between a pixel that the network draws and the same of its description;
            None where there is no decoder.
    """

    run: Run
    notes: tuple[str, ...]
    off: float | None = None


@dataclass(frozen=True)
class Brought:
    """A network that somebody brings.

    Attributes:
        layers: of it, as PyTorch's modules.
        network: itself, at work.
        tried: how many codes or images both are held against each other on.
    """

    layers: Sequence[nn.Module]
    network: Network
    tried: int = TRIED


def adopt(
    decoder: nn.Module,
    encoder: nn.Module | None = None,
    *,
    name: str,
    images: np.ndarray | str | None = None,
    labels: np.ndarray | None = None,
    codes: np.ndarray | None = None,
    title: str = "",
    layout: Layout | None = None,
    output: Output | None = None,
    pixels: Pixels | None = None,
    prior: str | None = None,
    image_shape: Image | None = None,
    store: RunStore | None = None,
    report: Report | None = None,
) -> Adoption:
    """Keep a PyTorch model as a run like any other.

    Args:
        decoder: from latent codes (n, d), or (n, d, 1, 1), to images (n, c, h, w), (n, h, w, c), (n, h, w) or
            all of each in a row; a row of layers that the browser knows.
        encoder: from images, laid out likewise, to codes (n, d), or to means and log-variances behind them.
        name: what to call it: lower-case letters, digits and _, at most 28.
        images: an array, which becomes a data set of that name, or the name of a data set. None for a decoder
            alone: its codes are then samples of the prior, and nothing is measured on images.
        labels: the class of each image of an array, (n,).
        codes: one for each image of an array, or for each test image of a data set, (n, d); where there is
            no encoder.
        title: what people call the data set of an array; the name if not given.
        layout: "channels_first" or "channels_last", where the networks have their channels.
        output: what the decoder's last layer gives: "log_odds", "values" of 0 to 1, "signed" of -1 to 1.
        pixels: what the encoder takes: "unit" from 0 to 1, "signed" from -1 to 1, or "bytes" from 0 to 255.
        prior: the name of the prior that the codes were meant to follow; None for none.
        image_shape: (h, w, c) of what a decoder without images draws, where that is not told by its layers.
        store: where to keep it; your own runs if not given.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        The run, and how the model was read. What is not said of layout, output and pixels is chosen so that
        images are reconstructed best, without an encoder by what the numbers look like.

    Raises:
        CannotAdopt: if a layer is none of the known ones, or the model does not fit the images.
        BadValue: if a setting is none of those that are allowed.
        StoreNotWritable: if the folder of runs cannot be written.
        ReadOnly: where what is stored is only shown.
    """
    parts = [
        None if module is None else Brought(networks.read(module, which), agreement.network_of(module))
        for module, which in ((decoder, "decoder"), (encoder, "encoder"))
    ]
    assert parts[0] is not None, "a decoder is always brought here"
    settings = Settings(name, title, layout, output, pixels, prior, image_shape)
    return adopt_networks(parts[0], parts[1], images, labels, codes, settings, store, report)


@dataclass(frozen=True)
class Settings:
    """How a model is to be read and called; see `adopt`.

    Raises:
        BadValue: if one is none of those that are allowed.
    """

    name: str
    title: str = ""
    layout: Layout | None = None
    output: Output | None = None
    pixels: Pixels | None = None
    prior: str | None = None
    image_shape: Image | None = None

    def __post_init__(self) -> None:
        """Check every value; see the class."""
        check_name(self.name, self.title)
        for what, value, known in (
            ("layout", self.layout, readings.LAYOUTS),
            ("output", self.output, readings.OUTPUTS),
            ("pixels", self.pixels, readings.PIXELS),
            ("prior", self.prior, priors.names()),
        ):
            if value is not None and value not in known:
                raise BadValue(what, value, f"one of {', '.join(known)}")
        if self.image_shape is not None and not _is_shape(self.image_shape):
            raise BadValue(
                "image_shape",
                self.image_shape,
                f"(height, width, channels) of 1 to {LARGEST_SIDE:,} pixels a side and 1 or 3 channels",
            )


def _is_shape(shape: object) -> bool:
    if not (isinstance(shape, tuple) and len(shape) == 3 and all(type(side) is int for side in shape)):
        return False
    return min(shape) >= 1 and max(shape[:2]) <= LARGEST_SIDE and shape[2] in (1, 3)


def adopt_networks(
    decoder: Brought,
    encoder: Brought | None,
    images: np.ndarray | str | None,
    labels: np.ndarray | None,
    codes: np.ndarray | None,
    settings: Settings,
    store: RunStore | None = None,
    report: Report | None = None,
) -> Adoption:
    """Keep networks that were read as layers as a run; see `adopt`.

    Args:
        decoder: from codes to images.
        encoder: from images to codes; None for none.
        images: as in `adopt`, like those that follow.
        labels: the class of each image.
        codes: of the images.
        settings: how to read and to call it.
        store: where to keep it.
        report: called with the share done and what comes next.

    Returns:
        The run, and how the model was read.

    Raises:
        CannotAdopt: as `adopt` does.
    """
    check_writable("adopting models")
    if encoder and codes is not None:
        raise CannotAdopt(
            "both an encoder and codes were given", "Bring one of them: an encoder makes codes."
        )
    if images is None and (encoder or codes is not None or labels is not None):
        raise CannotAdopt(
            "there are no images to encode or to compare with",
            "Bring them, as an array or a data set's name.",
        )
    if isinstance(images, str) and labels is not None:
        raise CannotAdopt(
            "labels were given with the name of a data set, which has its own", "Leave them out."
        )
    given = _checked_codes(codes)
    latent_dim = given.shape[1] if given is not None else readings.latent_dim_of(decoder.layers)
    if not latent_dim or readings.drawn_shape(decoder.layers, latent_dim) is None:
        raise CannotAdopt(
            f"the decoder takes no codes{f' of {latent_dim} number' * bool(latent_dim)}"
            f"{'s' * bool(latent_dim and latent_dim > 1)}",
            "Bring one whose first layer takes the code.",
        )
    pixels, dataset = _pictures(images)
    if pixels is not None and dataset is None:
        _check_count(len(pixels), TEST_SHARE)
    shape = _shape(decoder, latent_dim, settings, pixels)
    decoding, encoding, notes = _read(decoder, encoder, latent_dim, shape, settings, pixels, given)
    tried = _tried(latent_dim, given, decoder.tried)
    off = agreement.check(
        agreement.described(decoding.modules, tried),
        decoding.read(decoder.network(decoding.given(tried))),
        "decoder",
    )
    has_spread = False
    if encoder and encoding and pixels is not None:
        some = _unit(pixels[: encoder.tried])
        made = agreement.described(encoding.modules, some)
        agreement.check(made, encoder.network(encoding.given(some)), "encoder")
        has_spread = made.shape[1] == 2 * latent_dim
        notes += ["The encoder gives means and log-variances."] * has_spread
    model = DescribedModel(
        decoding.modules,
        encoding.modules if encoding else None,
        latent_dim,
        has_spread=has_spread,
        prior=settings.prior,
    )
    if pixels is None:
        held = priors.held_against(settings.prior)
        drawn = priors.sample(held, SAMPLES, latent_dim, np.random.default_rng(0)).astype(np.float32)
        notes.append(
            f"There are no images: its codes are {SAMPLES:,} samples of {priors.find(held).title}, and "
            "nothing is measured on images."
        )
        run = adopted_run.keep_alone(settings, drawn, None, (), notes, store, model=model, shape=shape)
        return Adoption(run, tuple(notes), off)
    rows = None
    if dataset is None:
        review = add_images(pixels, labels, name=settings.name, title=settings.title)
        dataset, rows = review.name, (lambda split: pictures.rows_of(split, pixels))
        notes += [f"The images are the data set {dataset}.", *review.notes]
    train, test = datasets.load_splits(dataset)
    pair = _split_codes(given, rows, train, test) if given is not None else None
    run = adopted_run.keep(settings, dataset, model, train, test, pair, notes, store, report)
    return Adoption(run, tuple(notes), off)


def add_codes(
    z: np.ndarray,
    images: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    *,
    name: str,
    title: str = "",
    columns: Mapping[str, Sequence[Any]] | None = None,
    prior: str | None = None,
    store: RunStore | None = None,
    report: Report | None = None,
) -> Adoption:
    """Keep codes as a run without a decoder: its plane, projections and coverage, and images if any.

    Args:
        z: the codes, (n, d), n at least 4 and d at most 1024.
        images: of the codes, as in `adopt`; they become a data set. Half of them, with their codes, are
            shown and measured on; from the others neighbours are learnt.
        labels: the class of each code, (n,), whole numbers or words; None for none.
        name: what to call it: lower-case letters, digits and _, at most 28.
        title: what people call it; the name if not given.
        columns: further values of each code, numbers or words, by name; they can colour the plane.
        prior: the name of the prior that the codes were meant to follow; None for none.
        store: where to keep it; your own runs if not given.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        The run, and what was made of the codes.

    Raises:
        CannotAdopt: if they are no codes, or images or labels do not fit them.
        BadValue: if a setting is none of those that are allowed.
        StoreNotWritable: if the folder of runs cannot be written.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("adopting codes")
    settings, codes = Settings(name, title, prior=prior), _checked_codes(z)
    if codes is None:
        raise CannotAdopt("there are no codes", "Bring an array (n, d) of numbers.")
    more = {f"values of {quoted(str(key))}": values for key, values in (columns or {}).items()}
    for what, brought in {"images": images, "labels": labels, **more}.items():
        if brought is None:
            continue
        found = arrays.array_of(brought, what)
        count = len(found) if found.ndim else 1
        if count != len(codes):
            raise CannotAdopt(
                f"there are {len(codes):,} codes and {count:,} {what}", f"Bring as many {what} as codes."
            )
    notes: list[str] = []
    if images is None:
        indices, classes = adopted_run.classes_of(labels)
        kept, told = metadata.columns(
            {key: np.asarray(found).tolist() for key, found in (columns or {}).items()}
        )
        notes += told
        run = adopted_run.keep_alone(
            settings, codes, indices, classes, notes, store, columns=kept, report=report
        )
        return Adoption(run, tuple(notes))
    pixels = pictures.as_pixels(images)
    _check_count(len(pixels), SHARE_SHOWN)
    review = add_images(pixels, labels, name=name, title=title, columns=columns, test_share=SHARE_SHOWN)
    train, test = datasets.load_splits(review.name)
    pair = _split_codes(codes, lambda split: pictures.rows_of(split, pixels), train, test)
    notes += [
        f"The images are the data set {review.name}.",
        f"{len(test):,} of the {len(codes):,} codes are shown and measured on; neighbours are learnt from "
        "the others.",
        *review.notes,
    ]
    run = adopted_run.keep(settings, review.name, None, train, test, pair, notes, store, report)
    return Adoption(run, tuple(notes))


def _check_count(count: int, share: float) -> None:
    """See that a split has as many images as measuring needs, whichever are drawn."""
    least = math.ceil(MARGIN * LEAST_IMAGES / share)
    if count < least:
        raise CannotAdopt(
            f"there are {count:,} images", f"Bring at least {least:,}, so that some can be tested."
        )


def _checked_codes(codes: np.ndarray | None) -> np.ndarray | None:
    if codes is None:
        return None
    with np.errstate(over="ignore"):
        found = arrays.array_of(codes, "codes")
        is_numbers = found.ndim == 2 and found.dtype.kind in "fiu" and len(found) >= 4
        found = found.astype(np.float32) if is_numbers else found
    if (
        not is_numbers
        or not 1 <= found.shape[1] <= adopted_run.MOST_DIMENSIONS
        or not np.isfinite(found).all()
    ):
        raise CannotAdopt(
            f"the codes have the shape {found.shape} and the type {found.dtype}, or are not all finite",
            f"Bring an array (n, d) of numbers, n at least 4 and d at most {adopted_run.MOST_DIMENSIONS}.",
        )
    if float(np.abs(found).max()) > adopted_run.LARGEST:
        raise CannotAdopt(
            f"the codes reach to {np.abs(found).max():.0e}",
            f"Bring codes of at most {adopted_run.LARGEST:.0e}.",
        )
    return found


def _pictures(images: np.ndarray | str | None) -> tuple[np.ndarray | None, str | None]:
    """Images to read the model by, and the name of their data set where they have one already."""
    if images is None:
        return None, None
    if isinstance(images, str):
        dataset = datasets.find(images)
        return datasets.load_images(dataset, "test").pixels, dataset
    return pictures.as_pixels(images), None


def _shape(decoder: Brought, latent_dim: int, settings: Settings, pixels: np.ndarray | None) -> Image:
    if pixels is not None:
        height, width, channels = pixels.shape[1:]
        return height, width, channels
    if settings.image_shape:
        return settings.image_shape
    drawn = readings.drawn_shape(decoder.layers, latent_dim)
    found = readings.image_shapes(drawn[0]) if drawn else []
    if not found:
        raise CannotAdopt(
            f"the decoder gives the shape {drawn and list(drawn[0])}, which is no image",
            "Set image_shape to (height, width, channels).",
        )
    return found[0]


def _read(
    decoder: Brought,
    encoder: Brought | None,
    latent_dim: int,
    shape: Image,
    settings: Settings,
    pixels: np.ndarray | None,
    codes: np.ndarray | None,
) -> tuple[Decoding, Encoding | None, list[str]]:
    """How the networks are read: so that images are reconstructed best, else by their numbers."""
    told = settings.layout, settings.output
    decodings = list(readings.decodings(decoder.layers, latent_dim, shape, *told))
    if not decodings:
        drawn = readings.drawn_shape(decoder.layers, latent_dim)
        raise CannotAdopt(
            f"the decoder gives the shape {drawn and list(drawn[0])}, and an image has {list(shape)}",
            "Bring images of the size that it draws.",
        )
    if encoder is None or pixels is None:
        return (*_by_numbers(decoder, decodings, latent_dim, codes, pixels),)
    like = settings.layout, settings.pixels
    encodings = list(readings.encodings(encoder.layers, latent_dim, shape, *like))
    if not encodings:
        raise CannotAdopt(
            f"the encoder makes no code of {latent_dim} numbers of an image {list(shape)}",
            "Bring the encoder that belongs to the decoder, and images of its size.",
        )
    some = _unit(pixels[:TRIED])
    tried = {}
    for encoding in encodings:
        found = agreement.described(encoding.modules, some)[:, :latent_dim]
        for decoding in decodings:
            error = float(np.square(agreement.described(decoding.modules, found) - some).mean())
            tried[len(tried)] = (error if np.isfinite(error) else np.inf, decoding, encoding)
    # of one channel both layouts are the same: then that of the decoder is said
    error, decoding, encoding = min(tried.values(), key=lambda one: (one[0], one[1].layout != one[2].layout))
    notes = [
        f"The decoder gives {readings.WORDS[decoding.output]}, {readings.WORDS[decoding.layout]}.",
        f"The encoder takes {readings.WORDS[encoding.pixels]}, {readings.WORDS[encoding.layout]}.",
    ]
    if len(tried) > 1:
        notes.append(f"Of {len(tried)} ways to read them this one reconstructs best (MSE {error:.4f}).")
    return decoding, encoding, notes


def _by_numbers(
    decoder: Brought,
    decodings: Sequence[Decoding],
    latent_dim: int,
    codes: np.ndarray | None,
    pixels: np.ndarray | None,
) -> tuple[Decoding, None, list[str]]:
    """How a decoder without an encoder is read."""
    drawn = decoder.network(decodings[0].given(_tried(latent_dim, codes, decoder.tried)))
    likely = [one for one in decodings if (one.output == "values") == readings.are_values(drawn)]
    chosen = next(itertools.chain(likely, decodings))
    notes = [f"The decoder gives {readings.WORDS[chosen.output]}, {readings.WORDS[chosen.layout]}."]
    return chosen, None, notes


def _tried(latent_dim: int, codes: np.ndarray | None, count: int) -> np.ndarray:
    """Codes that network and description are held against each other on."""
    random = np.random.default_rng(0).normal(size=(count, latent_dim)).astype(np.float32)
    return random if codes is None else np.concatenate([codes[:count], random])


def _unit(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), dtype=np.float32) / 255


def _split_codes(
    codes: np.ndarray,
    rows: Callable[[Images], np.ndarray] | None,
    train: Images,
    test: Images,
) -> tuple[np.ndarray | None, np.ndarray]:
    """Codes of the training and of the test images; of the former none where only the latter have any."""
    if rows:
        return codes[rows(train)], codes[rows(test)]
    if len(codes) != len(test):
        raise CannotAdopt(
            f"there are {len(codes):,} codes and {len(test):,} test images", "Bring a code for each of them."
        )
    return None, codes
