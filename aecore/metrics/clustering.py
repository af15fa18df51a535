"""How well latent codes keep the classes apart."""

import numpy as np

NEIGHBOURS = 15


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
