"""How far reconstructions are from their images, and the floors to hold that against."""

import numpy as np

SMALLEST_LOG = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm, as Keras does."""


def squared_errors(images: np.ndarray, reconstructions: np.ndarray) -> np.ndarray:
    """Mean squared error of each image.

    Args:
        images: pixels in [0, 1], shape (n, h, w, c).
        reconstructions: likewise.

    Returns:
        One value per image, per pixel, shape (n,).
    """
    return np.square(reconstructions - images).reshape(len(images), -1).mean(1)


def cross_entropy(images: np.ndarray, reconstructions: np.ndarray) -> float:
    """Binary cross-entropy in nats per pixel, averaged over all images.

    Args:
        images: pixels in [0, 1], shape (n, ...).
        reconstructions: probabilities, a shape that broadcasts to the images'.

    Returns:
        Nats per pixel; `cross_entropy(x, x)` is the floor that grey pixels set.
    """
    p = np.clip(reconstructions, SMALLEST_LOG, 1 - SMALLEST_LOG)
    return float(-(images * np.log(p) + (1 - images) * np.log1p(-p)).mean(dtype=np.float64))


def floors(train: np.ndarray, test: np.ndarray, latent_dim: int) -> tuple[dict[str, float], np.ndarray]:
    """What the mean image, a perfect reconstruction and PCA reach on the test images.

    Args:
        train: training images in [0, 1], shape (m, h, w, c).
        test: test images, shape (n, h, w, c).
        latent_dim: numbers in a PCA code; capped at what PCA can give.

    Returns:
        The numbers by name (see `metrics.MEANINGS`), and the PCA codes of train and test stacked,
        shape (m + n, latent_dim).
    """
    from sklearn.decomposition import PCA  # here: it takes a second to import

    flat_train, flat_test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    pca = PCA(min(latent_dim, *flat_train.shape), svd_solver="covariance_eigh").fit(flat_train)
    codes = pca.transform(flat_test)
    mean = flat_train.mean(0, keepdims=True)
    entropy = cross_entropy(flat_test, flat_test)
    numbers = {
        "mean_image_mse": float(squared_errors(flat_test, mean).mean()),
        "mean_image_bce": cross_entropy(flat_test, mean),
        "bce_floor": entropy,
        "bce_floor_nats": entropy * flat_test.shape[1],
        "pca_mse": float(squared_errors(flat_test, pca.inverse_transform(codes)).mean()),
    }
    return numbers, np.concatenate([pca.transform(flat_train), codes])
