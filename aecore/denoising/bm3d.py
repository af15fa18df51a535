"""BM3D (Dabov, Foi, Katkovnik & Egiazarian 2007), an optional extra: `pip install "bm3d>=4.0.3"`.

The package is Tampere University's, for non-commercial use only; whoever installs it agrees to that.
"""

from importlib.util import find_spec

import numpy as np

from aecore.errors import ExtraMissing

REQUIREMENT = "bm3d>=4.0.3"
SMALLEST_SIDE = 16
"""Pixels; blocks are 8 x 8, and an image of just one block ends the process. A smaller one is mirrored."""
DOMAIN = 16
"""Side of the domain in which variances are worked out; the package's own 32 takes four times as long for
0.01 dB more (20 MNIST images, Gaussian noise of 0.5)."""


def missing() -> str:
    """What to install, in a sentence; empty where it is there."""
    return "" if find_spec("bm3d") else str(_lacking())


def denoise(image: np.ndarray, sigma: float) -> np.ndarray:
    """Like blocks are stacked, and what few coefficients of the stack do not hold is taken for noise.

    Args:
        image: one channel (h, w).
        sigma: the noise's standard deviation that it is told.

    Returns:
        The filtered channel (h, w), the same on every call: one thread.

    Raises:
        ExtraMissing: if bm3d is not installed.

    Source: Dabov et al. 2007, in the version of Mäkinen, Azzari & Foi 2020.
    """
    try:
        from bm3d import BM3DProfile, bm3d  # pyright: ignore[reportAttributeAccessIssue]  absent, this file itself is found by the name
    except ImportError as error:
        raise _lacking() from error
    profile = BM3DProfile()
    profile.nf, profile.num_threads = DOMAIN, 1
    margins = [(0, max(SMALLEST_SIDE - side, 0)) for side in image.shape]
    found = bm3d(np.pad(image, margins, "symmetric").astype(np.float64), sigma, profile)
    return found[: image.shape[0], : image.shape[1]]


def _lacking() -> ExtraMissing:
    return ExtraMissing("BM3D", REQUIREMENT)
