"""How well latent codes keep the classes apart, and who is whose neighbour."""

import warnings
from typing import NamedTuple

import numpy as np

from aecore.metrics import Metric
from aecore.metrics._distances import squared_distances

ORDER = 2
NEIGHBOURS = 15
PROBE_STEPS = 100
"""The probe settles within about 50 steps on 32-dimensional codes of 60,000 digits."""


class Neighbourhoods(NamedTuple):
    """How far the neighbours in the latent space are neighbours as images, and the reverse; 0 to 1."""

    trustworthiness: float
    continuity: float


def knn_accuracy(
    train_codes: np.ndarray, train_labels: np.ndarray, codes: np.ndarray, labels: np.ndarray
) -> float:
    """Share of test images whose class is right by vote of the 15 nearest training codes.

    Args:
        train_codes: shape (m, d), m at least 15.
        train_labels: shape (m,).
        codes: held-out codes, shape (n, d).
        labels: their classes, shape (n,).

    Returns:
        0 to 1.
    """
    from sklearn.neighbors import KNeighborsClassifier  # here: it takes a second to import

    return float(KNeighborsClassifier(NEIGHBOURS).fit(train_codes, train_labels).score(codes, labels))


def accuracy_within(positions: np.ndarray, labels: np.ndarray) -> float:
    """Share of points whose class is right by vote of the 15 nearest others: each is left out in turn.

    For a map of test images alone, where there are no training codes to vote among.

    Args:
        positions: shape (n, d), n at least 2; of few points all others vote.
        labels: their classes, integers from 0, shape (n,).

    Returns:
        0 to 1. Of classes with as many votes, the first in order wins.
    """
    from sklearn.neighbors import NearestNeighbors  # here: it takes a second to import

    k = min(NEIGHBOURS, len(positions) - 1)
    nearest = NearestNeighbors(n_neighbors=k).fit(positions).kneighbors(return_distance=False)
    classes = np.arange(labels.max() + 1)
    votes = (labels[nearest][..., None] == classes).sum(1)
    return float((votes.argmax(1) == labels).mean())


def linear_probe(
    train_codes: np.ndarray, train_labels: np.ndarray, codes: np.ndarray, labels: np.ndarray
) -> float:
    """Share of test images whose class a linear classifier of the codes gets right.

    Args:
        train_codes: shape (m, d).
        train_labels: shape (m,); where all are of one class, that is the answer.
        codes: held-out codes, shape (n, d).
        labels: their classes, shape (n,).

    Returns:
        0 to 1. Multinomial logistic regression with scikit-learn's default penalty (C = 1) on codes
        standardised by the training codes; nothing in it is random.
    """
    from sklearn.exceptions import ConvergenceWarning  # here: scikit-learn takes a second to import
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if (train_labels == train_labels[0]).all():
        return float((labels == train_labels[0]).mean())
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=PROBE_STEPS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # wide codes: the last digits may be open
        return float(probe.fit(train_codes, train_labels).score(codes, labels))


def neighbourhoods(images: np.ndarray, codes: np.ndarray, k: int = NEIGHBOURS) -> Neighbourhoods:
    """Trustworthiness and continuity of the codes, exact over all points.

    Args:
        images: the same images as flat pixels, shape (n, p), n at least 3.
        codes: shape (n, d).
        k: neighbours that count; at most (n - 1) // 2 of them do.

    Returns:
        1 for both where every neighbourhood is kept. Trustworthiness falls with each of the k nearest
        codes that is not among the k nearest images, by how far down it stands there; continuity is
        the same with the spaces exchanged. Points at one distance share their mean rank, so codes that
        have all fallen together score as a random order would, near 0.5.

    Source: Venna & Kaski 2006.
    """
    count = len(images)
    k = min(k, (count - 1) // 2)
    intruders = absentees = 0.0
    for (part, apart), (_, code_apart) in zip(
        squared_distances(images, images),
        squared_distances(codes, codes),
        strict=True,
    ):
        own = np.arange(part.start, part.stop)
        for distances in (apart, code_apart):
            distances[own - part.start, own] = np.inf
        intruders += _excess(apart, code_apart, k)
        absentees += _excess(code_apart, apart, k)
    worst = count * k * (2 * count - 3 * k - 1) / 2
    return Neighbourhoods(float(1 - intruders / worst), float(1 - absentees / worst))


def trustworthiness(images: np.ndarray, codes: np.ndarray, k: int = NEIGHBOURS) -> float:
    """How far neighbours in the latent space are neighbours as images; see `neighbourhoods`."""
    return neighbourhoods(images, codes, k).trustworthiness


def continuity(images: np.ndarray, codes: np.ndarray, k: int = NEIGHBOURS) -> float:
    """How far neighbours as images stay neighbours in the latent space; see `neighbourhoods`."""
    return neighbourhoods(images, codes, k).continuity


def _excess(ranked: np.ndarray, near: np.ndarray, k: int) -> float:
    """Ranks beyond k, in one space, of the k nearest in the other; rows of distances to all points."""
    neighbours = np.argpartition(near, k - 1, axis=1)[:, :k]
    wanted = np.take_along_axis(ranked, neighbours, axis=1)
    excess = 0.0
    for row, values in zip(np.sort(ranked, axis=1), wanted, strict=True):
        ranks = (row.searchsorted(values, "left") + row.searchsorted(values, "right") + 1) / 2
        excess += np.maximum(ranks - k, 0).sum()
    return excess


METRICS = {
    "knn_accuracy": Metric(
        "kNN-15 accuracy",
        "share of images",
        "higher",
        "Share of test images whose class is right by vote of the 15 nearest training codes: how "
        "well the latent space keeps classes apart. Lower is better where the decoder is given "
        "the class.",
        group="latent space",
        needs=("labels", "training"),
        floors=("pca_knn_accuracy",),
        compute=lambda context: knn_accuracy(*context.classified),
        range="0 to 1",
        measured=(
            f"k = {NEIGHBOURS}: each test code asks the training codes (posterior means), Euclidean distance."
        ),
        source="Cover & Hart 1967; scikit-learn.",
    ),
    "linear_probe": Metric(
        "Linear probe",
        "share of images",
        "higher",
        "Share of test images whose class a linear classifier reads off the code, trained on the "
        "training codes: whether straight cuts through the latent space tell the classes apart. "
        "Lower is better where the decoder is given the class.",
        group="latent space",
        needs=("labels", "training"),
        compute=lambda context: linear_probe(*context.classified),
        range="0 to 1",
        measured=(
            "Multinomial logistic regression (scikit-learn, C = 1) on codes standardised by the "
            "training codes."
        ),
        source="Alain & Bengio 2016.",
    ),
    "trustworthiness": Metric(
        "Trustworthiness",
        "0 to 1",
        "higher",
        "Whether the 15 nearest neighbours of a code are also near as images: 1 if all are, "
        "about 0.5 for random codes. Low where the latent space puts unlike images side by side.",
        group="latent space",
        needs=("images",),
        compute=lambda context: context.neighbours.trustworthiness,
        formula=r"1 - \frac{2}{nk(2n - 3k - 1)}\sum_i \sum_{j \in U_k(i)} \bigl(r(i, j) - k\bigr)",
        range="0 to 1",
        measured=(
            f"k = {NEIGHBOURS}; U: the k nearest codes that are not among the k nearest images, r: "
            "their rank there. Exact over all test images; equal distances share their mean rank."
        ),
        source="Venna & Kaski 2006; scikit-learn's definition.",
    ),
    "continuity": Metric(
        "Continuity",
        "0 to 1",
        "higher",
        "Whether the 15 images most like an image also lie near it in the latent space: 1 if all "
        "do, about 0.5 for random codes. Low where like images are torn apart.",
        group="latent space",
        needs=("images",),
        compute=lambda context: context.neighbours.continuity,
        formula=r"1 - \frac{2}{nk(2n - 3k - 1)}\sum_i \sum_{j \in V_k(i)} \bigl(\hat r(i, j) - k\bigr)",
        range="0 to 1",
        measured=f"Trustworthiness with images and codes exchanged, k = {NEIGHBOURS}.",
        source="Venna & Kaski 2006.",
    ),
    "pca_knn_accuracy": Metric(
        "PCA, same size",
        "share of images",
        "",
        "The same vote on PCA codes of as many numbers.",
        needs=("labels", "images", "training"),
        compute=lambda context: context.floors.get("pca_knn_accuracy"),
    ),
}
