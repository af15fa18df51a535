"""Maximum mean discrepancy: how far the codes are from the prior as a whole."""

import numpy as np

from aecore.metrics import WHITENED, Metric, with_twin
from aecore.metrics._distances import squared_distances
from aecore.metrics.coverage import WIDEST

ORDER = 5


def mmd2(codes: np.ndarray, prior: np.ndarray) -> float:
    """Unbiased squared maximum mean discrepancy, inverse multiquadratic kernel C / (C + |x - y|^2).

    Args:
        codes: shape (n, d), n at least 2.
        prior: samples of the prior, shape (m, d), m at least 2.

    Returns:
        The estimate; around 0, on either side, for equal distributions. C = 2 d for unit variance.

    Source: Tolstikhin et al. 2018, section 4; Gretton et al. 2012, equation 3.
    """

    def within(points: np.ndarray) -> float:
        return (_kernel_sum(points, points) - len(points)) / (len(points) * (len(points) - 1))

    between = _kernel_sum(codes, prior) / (len(codes) * len(prior))
    return within(codes) + within(prior) - 2 * between


def _kernel_sum(a: np.ndarray, b: np.ndarray) -> float:
    scale, total = 2.0 * a.shape[1], 0.0
    for _, distances in squared_distances(a, b):
        kernel = np.reciprocal(np.add(distances, scale, out=distances), out=distances)
        total += scale * float(kernel.sum(dtype=np.float64))
    return total


def caution(name: str, latent_dim: int) -> str:
    """What to know of a number before it is believed, in a few words; empty where there is nothing.

    Args:
        name: of the number, whitened or not.
        latent_dim: numbers in a latent code.

    Returns:
        The words.
    """
    if name.removesuffix(WHITENED) == "mmd2" and latent_dim > WIDEST:
        return f"sees hardly any shape at {latent_dim} dimensions: see the two-sample test"
    return ""


METRICS = {
    **with_twin(
        "mmd2",
        Metric(
            "MMD² to the prior",
            "squared distance",
            "lower",
            "Distance between the codes and the prior (squared maximum mean discrepancy, inverse "
            "multiquadratic kernel). Two samples of the prior score the null. In many dimensions it "
            "sees place and scale and hardly any shape.",
            group="coverage of the prior",
            floors=("mmd2_null",),
            formula=(
                r"\mathbb{E}\,k(z, z') + \mathbb{E}\,k(y, y') - 2\,\mathbb{E}\,k(z, y), \qquad k(a, b) = "
                r"\frac{2d}{2d + \lVert a - b\rVert^2}"
            ),
            range="about 0 to 2; the unbiased estimate may fall just below 0",
            measured=(
                "z: codes, y: samples of the prior, as many; all pairs but a point with itself. The "
                f"kernel is as wide as the prior: above {WIDEST} dimensions it sees place and scale and "
                "hardly any shape, and the two-sample test tells more."
            ),
            source="Tolstikhin et al. 2018, section 4; Gretton et al. 2012, equation 3.",
        ),
        compute=lambda context, ending: mmd2(*context.against(ending)),
        title="MMD², whitened",
        sentence=(
            "The same distance after codes and prior are brought to mean 0 and covariance I: what is "
            "left is the shape, without place, scale and tilt."
        ),
    ),
}
