"""Classical denoisers: filters that have learnt nothing. scikit-image, SciPy, Pillow and bm3d do the work."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.denoising import bm3d
from aecore.errors import BadValue, UnknownName

PATCH, REACH = 5, 6
"""Non-local means: side of a patch, and how far it looks for similar ones, in pixels."""

SMALLEST_SIDE = 16
"""Pixels that sym4, eight taps long, needs for one level; a smaller image is mirrored beyond its edge."""


@dataclass(frozen=True)
class Parameter:
    """What can be set about a filter.

    Attributes:
        title: what people call it, with its unit where it has one.
        help: what more of it does, a sentence.
        values: what is tried on training images, in order.
        usual: what it is where there are no training images to try it on.
        minimum: the smallest that can be chosen by hand.
        maximum: the largest.
        step: by how much a slider moves.
    """

    title: str
    help: str
    values: tuple[float, ...]
    usual: float
    minimum: float
    maximum: float
    step: float


@dataclass(frozen=True)
class Filter:
    """One classical denoiser.

    Attributes:
        title: what people call it.
        idea: what it takes noise for, a sentence.
        parameter: what can be set about it; None where there is nothing.
        apply: (one channel of an image (h, w), the parameter or 0) to the filtered channel.
        missing: for an optional extra: what to install, in a sentence, or "" where it is there.
    """

    title: str
    idea: str
    parameter: Parameter | None
    apply: Callable[[np.ndarray, float], np.ndarray]
    missing: Callable[[], str] | None = None


def filtered(name: str, images: np.ndarray, value: float | None = None) -> np.ndarray:
    """Images through a filter, each channel of each image by itself.

    Args:
        name: one of FILTERS.
        images: pixels in [0, 1], shape (n, h, w, c).
        value: the filter's parameter; the usual one if not given. Ignored by a filter without one.

    Returns:
        Pixels float32, same shape, as the filter leaves them: not clipped.

    Raises:
        UnknownName: if there is no such filter.
        BadValue: if the parameter is outside its range.
        ExtraMissing: if it is an optional extra that is not installed.
    """
    if name not in FILTERS:
        raise UnknownName("filter", name, FILTERS)
    parameter = FILTERS[name].parameter
    if parameter:
        value = parameter.usual if value is None else value
        if not parameter.minimum <= value <= parameter.maximum:
            raise BadValue(parameter.title, value, f"from {parameter.minimum:g} to {parameter.maximum:g}")
    found = np.empty(images.shape, np.float32)
    for index in np.ndindex(len(images), images.shape[3]):
        place = index[0], ..., index[1]
        found[place] = FILTERS[name].apply(np.asarray(images[place], np.float32), value or 0.0)
    return found


def _gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(image, sigma)


def _median(image: np.ndarray, side: float) -> np.ndarray:
    from scipy.ndimage import median_filter

    return median_filter(image, int(side))


def _wavelet(image: np.ndarray, _: float) -> np.ndarray:
    """BayesShrink (Chang, Yu & Vetterli 2000): a threshold per sub-band, the noise judged by the image."""
    from skimage.restoration import denoise_wavelet

    if np.ptp(image) == 0:  # it would divide by the noise, and there is none
        return image
    margins = [(0, max(SMALLEST_SIDE - side, 0)) for side in image.shape]
    wide = np.pad(image, margins, "symmetric")
    with np.errstate(divide="ignore", invalid="ignore"):  # a sub-band without noise: infinite threshold
        found = denoise_wavelet(wide, wavelet="sym4", method="BayesShrink", mode="soft")
    return found[: image.shape[0], : image.shape[1]]


def _total_variation(image: np.ndarray, weight: float) -> np.ndarray:
    """Chambolle 2004."""
    from skimage.restoration import denoise_tv_chambolle

    return denoise_tv_chambolle(image, weight)


def non_local_means(image: np.ndarray, cut: float, fast: bool = True) -> np.ndarray:
    """Every pixel becomes a mean of pixels whose surroundings look alike (Buades, Coll & Morel 2005).

    Args:
        image: one channel (h, w).
        cut: how alike they must be: scikit-image's `h`.
        fast: weigh all pixels of a patch equally (Darbon et al. 2008): a fifth of the time. Otherwise
            by a Gaussian, as in the paper.

    Returns:
        The filtered channel (h, w).
    """
    from skimage.restoration import denoise_nl_means

    return denoise_nl_means(image, PATCH, REACH, cut, fast_mode=fast)


def _jpeg(image: np.ndarray, quality: float) -> np.ndarray:
    from PIL import Image

    with io.BytesIO() as file:
        whole = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        Image.fromarray(whole).save(file, "JPEG", quality=int(quality))
        with Image.open(file) as compressed:
            return np.asarray(compressed, np.float32) / 255


FILTERS = {
    "gaussian_blur": Filter(
        "Gaussian blur",
        "Takes everything fine for noise: each pixel becomes a weighted mean of its neighbours.",
        Parameter(
            *("sigma in pixels", "More blurs more.", (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0)),
            *(0.9, 0.1, 4.0, 0.05),
        ),
        _gaussian,
    ),
    "median": Filter(
        "Median",
        "Takes outliers for noise: each pixel becomes the median of a square around it.",
        Parameter(
            *("side in pixels", "A larger square removes more, thin strokes among it.", (1, 3, 5, 7)),
            *(3, 1, 9, 2),
        ),
        _median,
    ),
    "wavelet": Filter(
        "Wavelet",
        "Takes small wavelet coefficients for noise, and shrinks them (BayesShrink, sym4). It estimates the "
        "noise from the image itself, so there is nothing to set.",
        None,
        _wavelet,
    ),
    "total_variation": Filter(
        "Total variation",
        "Takes small steps between neighbours for noise: flat areas with sharp edges are left (Chambolle).",
        Parameter(
            *("weight", "More flattens more.", (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6)),
            *(0.2, 0.01, 2.0, 0.01),
        ),
        _total_variation,
    ),
    "non_local_means": Filter(
        "Non-local means",
        f"Averages pixels whose surroundings of {PATCH} × {PATCH} px look alike, up to {REACH} px away.",
        Parameter(
            *("cut-off h", "More averages patches less alike.", (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6)),
            *(0.3, 0.01, 2.0, 0.01),
        ),
        non_local_means,
    ),
    "jpeg": Filter(
        "JPEG",
        "No denoiser, but a code: compression drops fine detail, and noise is fine detail.",
        Parameter(
            *("quality (1 to 95)", "Less drops more detail.", (5, 10, 15, 20, 30, 50, 75, 95)),
            *(10, 1, 95, 1),
        ),
        _jpeg,
    ),
    "bm3d": Filter(
        "BM3D",
        "Takes for noise what a few coefficients of a stack of like blocks do not hold (Dabov et al. 2007). "
        "Made by Tampere University for non-commercial use only.",
        Parameter(
            *(
                "sigma",
                "More removes more: the noise that it is told.",
                (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5),
            ),
            *(0.25, 0.01, 1.0, 0.01),
        ),
        bm3d.denoise,
        bm3d.missing,
    ),
}
"""What can be chosen, in the order in which it is offered."""
USUAL = [name for name, one in FILTERS.items() if one.missing is None]
"""Those that are no optional extra."""


def installed() -> list[str]:
    """The filters that can be used here: the usual ones, and what extras are installed."""
    return [name for name, one in FILTERS.items() if one.missing is None or not one.missing()]
