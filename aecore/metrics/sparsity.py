"""How few numbers of a code do the work, among those that ever do any."""

import numpy as np

from aecore.metrics import Metric

ORDER = 13
ACTIVE = 0.01


def dead_units(codes: np.ndarray) -> float:
    """Share of the units, columns of `codes` (n, d), that are 0 for every image."""
    return float((codes == 0).all(0).mean())


def living_activity(codes: np.ndarray) -> float:
    """Mean share of a code's living entries whose size is above 1 % of that of its largest entry.

    Args:
        codes: shape (n, d). A unit lives if it is not 0 for every image: dead ones would make any code
            seem sparse.

    Returns:
        0 to 1, whatever the codes' scale; a code that is all zero counts as 0.
    """
    sizes = np.abs(_living(codes))
    return float((sizes > ACTIVE * sizes.max(1, keepdims=True)).mean()) if sizes.size else 0.0


def living_hoyer(codes: np.ndarray) -> float:
    """Mean Hoyer sparseness of the codes' living units: (sqrt(d) - L1 / L2) / (sqrt(d) - 1).

    Args:
        codes: shape (n, d), of which the units that are 0 for every image are left out.

    Returns:
        0, where all living entries of a code have one size, to 1, where one entry alone is not zero. By
        convention a code that is all zero counts as 1, and so does every code of one living unit or none.

    Source: Hoyer 2004.
    """
    codes = _living(codes)
    if codes.shape[1] < 2:
        return 1.0
    sizes = np.abs(codes.astype(np.float64))
    largest = sizes.max(1, keepdims=True)
    sizes = np.divide(sizes, largest, out=np.zeros_like(sizes), where=largest > 0)  # squares stay finite
    sizes[largest[:, 0] == 0, 0] = 1  # an empty code as one of a single entry: 1
    root = np.sqrt(codes.shape[1])
    return float(((root - sizes.sum(1) / np.linalg.norm(sizes, axis=1)) / (root - 1)).mean())


def _living(codes: np.ndarray) -> np.ndarray:
    """The columns that are not 0 for every image."""
    return codes[:, (codes != 0).any(0)]


METRICS = {
    "living_activity": Metric(
        "Active among living units",
        "share of a code",
        "",
        "Mean share of a code's entries whose size is above 1 % of its largest, units that are 0 "
        "on every test image left out: the lower, the fewer numbers do the work. The code's "
        "scale does not matter.",
        group="sparsity",
        compute=lambda context: living_activity(context.codes),
        range="0 to 1",
        measured=(
            "The mean over the test images. A unit lives that is not 0 on every one of them: dead "
            "units would make any code seem sparse."
        ),
    ),
    "living_hoyer": Metric(
        "Hoyer sparseness, living units",
        "0 to 1",
        "",
        "0 where all entries of a code are of one size, 1 where a single entry is not zero; the "
        "mean over the test images, units that are 0 on every one of them left out.",
        group="sparsity",
        compute=lambda context: living_hoyer(context.codes),
        formula=r"\frac{\sqrt d - \lVert z\rVert_1 / \lVert z\rVert_2}{\sqrt d - 1}",
        range="0 to 1",
        measured="d: the living units. The mean over the test images; a code of zeros counts as 1.",
        source="Hoyer 2004.",
    ),
    "dead_units": Metric(
        "Dead units",
        "share of the code's units",
        "lower",
        "Share of the code's units that are 0 on every test image: they were made and are never used.",
        group="sparsity",
        compute=lambda context: dead_units(context.codes),
        range="0 to 1",
    ),
}
