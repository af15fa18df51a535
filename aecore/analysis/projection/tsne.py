"""t-SNE: points that are neighbours stay neighbours; sizes of and distances between groups mean little."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.analysis.projection._neighbours import nearest
from aecore.analysis.projection._principal import principal_axes
from aecore.config import check_record, option
from aecore.errors import BadValue

CAN_PLACE = True
TITLE = "t-SNE"
NOTE = (
    "t-SNE keeps neighbours together and nothing else: how large or dense a cluster is, and how far it lies "
    "from another, means little. The map cannot be decoded: between two dots there is nothing to draw."
)
THREADS = 1
"""Most of a step does not share out: a second thread saves a fifth of the time on a quiet machine, and
beside a training its waiting makes a map take two to ten times as long."""
EVERY = 10
"""Steps between two reports: a third of a second or so for 10,000 points."""
MOMENTUM = 0.8
SEARCH, BEGIN = 0.05, 0.07  # the shares of the work at which the neighbours and the affinities are done
SLOWER = 2.5  # how much longer a step takes once the map has opened
TREE = 20_000
"""Up to so many points a tree (Barnes-Hut) is three times as fast as interpolation once the map is wide,
and the map as good: kNN-15 0.957 with either, for 10,000 codes. While it is small, interpolation is."""
START, JITTER = 1e-4, 1e-6
"""Standard deviation of the first positions, and of the noise that parts points which coincide."""
NEAR = 3
"""Neighbours per unit of perplexity; farther ones weigh nothing (van der Maaten 2014)."""
PLACING = {"perplexity": 5, "learning_rate": 1.0, "exaggeration": 1.5, "n_iter": 250, "max_grad_norm": 0.25}
"""How new points are placed: with a clipped gradient and a small step, else they shoot off the map. Of the
steps 0.1, 1 and 10 and of exaggeration 1 and 1.5, this puts a point of the map back nearest to its place."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What can be chosen before it starts.

    Raises:
        BadValue: if a value has the wrong type or lies outside its range.
    """

    perplexity: float = option(30.0, "neighbours that each point keeps, roughly", minimum=2, maximum=500)
    exaggeration: float = option(12.0, "attraction at first, as a multiple", minimum=1, maximum=50)
    early_iterations: int = option(250, "steps with that attraction", minimum=0, maximum=5000)
    iterations: int = option(500, "steps after those", minimum=1, maximum=10_000)
    seed: int = option(0, "seed of the first positions", minimum=0, maximum=2**31 - 1)

    def __post_init__(self) -> None:
        """Check every value; see the class."""
        check_record(self)


def positions(points: np.ndarray, settings: Settings, report: Callable[[float, str], None]) -> np.ndarray:
    """The map of points, from exact neighbours in all their dimensions and a start by PCA.

    The learning rate is n / exaggeration (Belkina 2019). Repulsion is interpolated (FIt-SNE, Linderman
    2019), and the threads only share out sums that each belong to one point, so that the map does not
    depend on their number.

    Args:
        points: shape (n, d), n more than three times the perplexity.
        settings: checked.
        report: called with the share done and a note; where it raises, no thread is left behind.

    Returns:
        float64 (n, 2).

    Raises:
        BadValue: if there are too few points for the perplexity.

    Source: van der Maaten & Hinton 2008; openTSNE, Poličar 2024.
    """
    from openTSNE import TSNEEmbedding  # here: it takes a second to import
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    k, most = int(NEAR * settings.perplexity), (len(points) - 1) // NEAR
    if k > len(points) - 1:
        raise BadValue("perplexity", settings.perplexity, f"at most {most} for {len(points)} points")
    report(0.0, "neighbours")
    found = nearest(points, points, k, is_same=True, on_share=lambda s: report(SEARCH * s, "neighbours"))
    report(SEARCH, "affinities")
    index = PrecomputedNeighbors(*found)
    affinities = PerplexityBasedNN(
        knn_index=index, perplexity=settings.perplexity, n_jobs=THREADS, random_state=settings.seed
    )
    report(BEGIN, "first positions")
    placed = TSNEEmbedding(_first(points, settings.seed), affinities)
    early, late = settings.early_iterations, settings.iterations
    work = early + SLOWER * late

    def descend(steps: int, begun: int, pace: float, note: str, **how: Any) -> None:
        def on_step(step: int, divergence: float, _: Any) -> None:
            done = (begun + pace * step) / work
            report(BEGIN + (1 - BEGIN) * done, f"{note}, step {step} of {steps}")

        placed.optimize(
            n_iter=steps,
            momentum=MOMENTUM,
            learning_rate="auto",
            n_jobs=THREADS,
            inplace=True,
            callbacks=[on_step],
            callbacks_every_iters=EVERY,
            **how,
        )

    if early:
        boost = settings.exaggeration
        descend(early, 0, 1.0, "pulling groups together", exaggeration=boost, negative_gradient_method="fft")
    method = "bh" if len(points) <= TREE else "fft"
    descend(late, early, SLOWER, "settling", exaggeration=1, negative_gradient_method=method)
    return np.array(placed)


def _first(points: np.ndarray, seed: int) -> np.ndarray:
    """Where the points begin: the first two principal components, tiny, and a little noise."""
    start = principal_axes(points, 2).scores(points)
    start *= START / start[:, 0].std()
    return start + np.random.default_rng(seed).normal(0, JITTER, start.shape)


def place(points: np.ndarray, positions: np.ndarray, settings: Settings, new: np.ndarray) -> np.ndarray:
    """New points on a finished map, each by its affinities to the old ones, which do not move.

    The map is made again from its positions: of the old points only neighbours and positions are needed.

    Args:
        points: what was projected, shape (n, d).
        positions: where it is, shape (n, 2).
        settings: those of the map.
        new: shape (k, d).

    Returns:
        float64 (k, 2). A new point does not know of the others.

    Source: Poličar 2023, "Embedding to reference t-SNE space addresses batch effects".
    """
    from openTSNE import TSNEEmbedding

    middle = (positions.max(0) + positions.min(0)) / 2.0
    centred = positions.astype(np.float64) - middle  # openTSNE moves the map there when first asked
    reference = TSNEEmbedding(centred, _reference(points), negative_gradient_method="fft", n_jobs=THREADS)
    return np.array(reference.transform(new, **PLACING)) + middle


def _reference(points: np.ndarray) -> Any:
    """What openTSNE asks about the old points to place new ones: their neighbours, nothing else."""
    from openTSNE.affinity import Affinities, joint_probabilities_nn
    from scipy.sparse import csr_matrix

    class Reference(Affinities):
        def to_new(
            self,
            data: np.ndarray,
            perplexity: float = 5,
            return_distances: bool = False,
            k_neighbors: int | None = None,
        ) -> Any:
            k = min(k_neighbors or int(NEAR * perplexity), len(points))
            neighbours, distances = nearest(data, points, k)
            near = min(int(NEAR * perplexity), k)
            joint = joint_probabilities_nn(
                neighbours[:, :near],
                distances[:, :near],
                [min(perplexity, near / NEAR)],
                symmetrize=False,
                normalization="point-wise",
                n_reference_samples=len(points),
                n_jobs=1,
            )
            return (joint, neighbours, distances) if return_distances else joint

    reference = Reference()
    reference.P = csr_matrix((len(points), len(points)))  # among themselves: not needed, the old ones stay
    return reference
