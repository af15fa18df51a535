"""How far reconstructions are from their images, and the floors to hold that against."""

import numpy as np

SMALLEST_LOG = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm, as Keras does."""

SMALLEST_ERROR = 1e-10
"""A smaller squared error counts as this: 100 dB, beyond the 59 dB that rounding to 8 bits allows."""

SSIM_WINDOW = 7


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


def dead_pixels(images: np.ndarray, reconstructions: np.ndarray) -> float:
    """Share of the pixels that are lit in some image and black in every reconstruction.

    Args:
        images: pixels in [0, 1], shape (n, h, w, c).
        reconstructions: likewise.

    Returns:
        0 to 1, of the pixels that are lit at all; 0 where none is.
    """
    lit = images.any(axis=0)
    dead = lit & ~reconstructions.any(axis=0)
    return float(dead.sum() / lit.sum()) if lit.any() else 0.0


def psnr(images: np.ndarray, reconstructions: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB for pixels in [0, 1]: the mean over images of each image's own.

    Args:
        images: pixels in [0, 1], shape (n, h, w, c).
        reconstructions: a shape that broadcasts to the images'.

    Returns:
        Mean of -10 log10(squared error of an image), in dB. A perfect image counts as 100 dB, since
        squared errors under 1e-10 count as 1e-10. Not the PSNR of the mean squared error, which is lower.
    """
    return float(-10 * np.log10(np.maximum(squared_errors(images, reconstructions), SMALLEST_ERROR)).mean())


def ssim(images: np.ndarray, reconstructions: np.ndarray) -> float:
    """Structural similarity as scikit-image defines it, averaged over pixels, channels and images.

    Args:
        images: pixels in [0, 1], shape (n, h, w, c).
        reconstructions: likewise.

    Returns:
        -1 to 1, where 1 is a perfect image. `skimage.metrics.structural_similarity` with data_range=1
        and its default window, uniform 7x7 with sample covariances (the largest odd window that fits
        where an image is smaller). Libraries with Wang's Gaussian 11x11 window give lower numbers for
        the same images.

    Source: Wang et al. 2004, equation 13.
    """
    from skimage.metrics import structural_similarity  # here: it takes a moment to import

    stacks = [np.moveaxis(x, 3, 1).reshape(-1, *x.shape[1:3]) for x in (images, reconstructions)]
    side = min(SSIM_WINDOW, *images.shape[1:3])
    window = side - (side + 1) % 2
    return float(
        structural_similarity(  # every channel of every image is a channel of one stack
            *stacks,
            win_size=window,
            data_range=1.0,
            channel_axis=0,
            use_sample_covariance=window > 1,  # one pixel has none
        )
    )


def class_mean_mse(
    train: np.ndarray, train_classes: np.ndarray, test: np.ndarray, test_classes: np.ndarray
) -> float:
    """What a decoder that is given the class, and nothing else, reaches: the mean image of each class.

    Args:
        train: training images in [0, 1] or as bytes, shape (m, h, w, c).
        train_classes: the class that each is decoded with, (m,).
        test: test images in [0, 1], shape (n, h, w, c).
        test_classes: likewise, (n,).

    Returns:
        Mean squared error per pixel; a class without a training image has the mean of them all.
    """
    scale = 255 if train.dtype == np.uint8 else 1
    errors = np.empty(len(test))
    for label in np.unique(test_classes):
        known, asked = train_classes == label, test_classes == label
        mean = train[known if known.any() else slice(None)].mean(0, dtype=np.float64) / scale
        errors[asked] = squared_errors(test[asked], mean[None])
    return float(errors.mean())


def floors(train: np.ndarray, test: np.ndarray, latent_dim: int) -> tuple[dict[str, float], np.ndarray]:
    """What the mean image, a perfect reconstruction and PCA reach on the test images.

    Args:
        train: training images in [0, 1], shape (m, h, w, c).
        test: test images, shape (n, h, w, c).
        latent_dim: numbers in a PCA code; capped at what PCA can give.

    Returns:
        The numbers by name (see `metrics.METRICS`), and the PCA codes of train and test stacked,
        shape (m + n, latent_dim). PCA's reconstructions are clipped to [0, 1] for all but `pca_mse`.
    """
    from sklearn.decomposition import PCA  # here: it takes a second to import

    flat_train, flat_test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    pca = PCA(min(latent_dim, *flat_train.shape), svd_solver="covariance_eigh").fit(flat_train)
    codes = pca.transform(flat_test)
    mean = flat_train.mean(0, keepdims=True)
    entropy = cross_entropy(flat_test, flat_test)
    linear = pca.inverse_transform(codes).reshape(test.shape)
    shown = np.clip(linear, 0, 1)
    numbers = {
        "mean_image_mse": float(squared_errors(flat_test, mean).mean()),
        "mean_image_bce": cross_entropy(flat_test, mean),
        "bce_floor": entropy,
        "bce_floor_nats": entropy * flat_test.shape[1],
        "pca_mse": float(squared_errors(test, linear).mean()),
        "pca_bce": cross_entropy(test, shown),
        "pca_psnr": psnr(test, shown),
        "pca_ssim": ssim(test, shown),
    }
    return numbers, np.concatenate([pca.transform(flat_train), codes])
