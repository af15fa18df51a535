"""How far reconstructions are from their images, and the floors to hold that against."""

from typing import TYPE_CHECKING

import numpy as np

from aecore.metrics import Metric

if TYPE_CHECKING:
    from aecore.metrics._context import MetricContext


ORDER = 1
SMALLEST_LOG = 1e-7
"""Probabilities are kept this far from 0 and 1 before a logarithm, as Keras does."""

SMALLEST_ERROR = 1e-10
"""A smaller squared error counts as this: 100 dB, beyond the 59 dB that rounding to 8 bits allows."""

SSIM_WINDOW = 7
SSIM_C1, SSIM_C2 = 0.01**2, 0.03**2
"""Wang et al. 2004, for pixels in [0, 1]."""
SSIM_BLOCK = 256
"""Planes that are worked on together: what one step leaves is in the processor's cache for the next."""
MOST_PIXELS = 4096
"""Numbers of an image up to which PCA's floor takes the covariance apart whole."""


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
        -1 to 1, where 1 is a perfect image. To the bit, and three times as fast, what
        `skimage.metrics.structural_similarity` gives with data_range=1 and its default window, uniform 7x7
        with sample covariances (the largest odd window that fits where an image is smaller). Libraries with
        Wang's Gaussian 11x11 window give lower numbers for the same images.

    Source: Wang et al. 2004, equation 13.
    """
    stacks = [np.moveaxis(x, 3, 1).reshape(-1, *x.shape[1:3]) for x in (images, reconstructions)]
    kind = np.float32 if images.dtype in (np.float16, np.float32) else np.float64  # as scikit-image
    side = min(SSIM_WINDOW, *images.shape[1:3])
    found = np.empty(len(stacks[0]), kind)
    for start in range(0, len(found), SSIM_BLOCK):
        x, y = (stack[start : start + SSIM_BLOCK].astype(kind) for stack in stacks)
        found[start : start + SSIM_BLOCK] = _similarities(x, y, side - (side + 1) % 2)
    return float(found.mean())


def _similarities(x: np.ndarray, y: np.ndarray, window: int) -> list[float]:
    """SSIM of each pair of planes (n, h, w): scikit-image's sums in its order, for all planes at once."""
    from scipy.ndimage import uniform_filter  # here: it takes a moment to import

    def smooth(values: np.ndarray) -> np.ndarray:
        return uniform_filter(values, (1, window, window))

    area = window**2
    sample = area / (area - 1) if area > 1 else 1.0  # one pixel has no sample covariance
    mean_x, mean_y = smooth(x), smooth(y)
    var_x = sample * (smooth(x * x) - mean_x * mean_x)
    var_y = sample * (smooth(y * y) - mean_y * mean_y)
    covariance = sample * (smooth(x * y) - mean_x * mean_y)
    alike = (2 * mean_x * mean_y + SSIM_C1) * (2 * covariance + SSIM_C2)
    whole = alike / ((mean_x**2 + mean_y**2 + SSIM_C1) * (var_x + var_y + SSIM_C2))
    edge = (window - 1) // 2
    inner = whole[:, edge : whole.shape[1] - edge, edge : whole.shape[2] - edge]
    return [float(plane.mean(dtype=np.float64)) for plane in inner]


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
        The numbers by name (see the METRICS below), and the PCA codes of train and test stacked,
        shape (m + n, latent_dim). PCA's reconstructions are clipped to [0, 1] for all but `pca_mse`.
    """
    from sklearn.decomposition import PCA  # here: it takes a second to import

    flat_train, flat_test = train.reshape(len(train), -1), test.reshape(len(test), -1)
    few = len(flat_train) < flat_train.shape[1]  # the covariance of 3,072 pixels takes ten seconds
    count = min(latent_dim, *flat_train.shape)
    solver = "full" if few else "covariance_eigh"
    if flat_train.shape[1] > MOST_PIXELS and count < min(flat_train.shape):
        solver = "arpack"  # the leading axes alone: all of 12,288 take ten minutes
    pca = PCA(count, svd_solver=solver, random_state=0).fit(flat_train)
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


def _class_mean(context: "MetricContext") -> float:
    """`class_mean_mse` of the classes that the decoder is given."""
    train_classes, given = context.classes_given(context.train), context.given
    assert train_classes is not None, "it needs a decoder that is given a class"
    assert given is not None, "likewise"
    return class_mean_mse(context.train.pixels, train_classes, context.images, given)


METRICS = {
    "mse": Metric(
        "Reconstruction MSE",
        "per pixel",
        "lower",
        "Mean squared difference between a test image and its reconstruction, pixels in [0, 1]. "
        "A model that does not beat PCA with as many numbers is not trained.",
        group="reconstruction",
        needs=("reconstructions",),
        floors=("mean_image_mse", "class_mean_mse", "pca_mse"),
        compute=lambda context: context.errors.mean(),
        formula=r"\frac{1}{p}\sum_i (x_i - \hat x_i)^2",
        range="0 to 1",
        measured="Held against the mean image and PCA.",
    ),
    "bce": Metric(
        "Reconstruction BCE",
        "nats per pixel",
        "lower",
        "Binary cross-entropy of the reconstruction. Grey pixels cannot reach 0: a perfect "
        "reconstruction scores the entropy floor, and papers on binarised images are not "
        "comparable.",
        group="reconstruction",
        needs=("reconstructions",),
        floors=("mean_image_bce", "pca_bce", "bce_floor"),
        compute=lambda context: context.bce,
        formula=r"-\frac{1}{p}\sum_i x_i \log \hat x_i + (1 - x_i)\log(1 - \hat x_i)",
        range="from the entropy of the grey pixels up",
        measured="Reconstructions are kept 1e-7 away from 0 and 1.",
    ),
    "nats": Metric(
        "Reconstruction, nats per image",
        "nats per image",
        "lower",
        "The same cross-entropy summed over the pixels of an image, as the loss of a VAE has it: "
        "the BCE times the number of pixels.",
        group="reconstruction",
        needs=("reconstructions",),
        floors=("bce_floor_nats",),
        compute=lambda context: context.bce * context.images[0].size,
        formula=r"p \cdot \mathrm{BCE}",
        range="from the entropy of the grey pixels up",
    ),
    "negative_elbo": Metric(
        "−ELBO",
        "nats per image",
        "lower",
        "Reconstruction plus KL to the prior, summed over pixels, z sampled from q(z|x). Of grey "
        "pixels under Bernoullis it bounds no likelihood, since no normalised model stands behind it; "
        "binarised ones do not compare.",
        group="reconstruction",
        needs=("bound",),
        floors=("bce_floor_nats",),
        likelihood="bernoulli",
        compute=lambda context: context.negative_elbo(),
        is_signed=True,  # where the likelihood is a density
        formula=r"\mathbb{E}_{q(z|x)}\bigl[-\log p(x|z)\bigr] + \mathrm{KL}\bigl(q(z|x)\,\|\,p(z)\bigr)",
        range="from the entropy of the grey pixels up",
        measured=(
            "The mean of 8 samples of q(z|x) for each image, seed 0. Of grey pixels the Bernoulli is "
            "no density on [0, 1], so this bounds no likelihood: it compares models here, and none "
            "with a paper."
        ),
        source="Kingma & Welling 2014, equation 3; Loaiza-Ganem & Cunningham 2019.",
    ),
    "psnr": Metric(
        "Reconstruction PSNR",
        "dB",
        "higher",
        "Peak signal-to-noise ratio: the squared error on a logarithmic scale, where 10 dB more "
        "is a tenth of the error. Taken for each image, then averaged; a perfect image counts as "
        "100 dB.",
        group="reconstruction",
        needs=("reconstructions",),
        floors=("pca_psnr",),
        compute=lambda context: psnr(context.images, context.reconstructions),
        formula=r"10 \log_{10} \frac{1}{\mathrm{MSE}}",
        range="0 to 100 dB",
        measured="For each image, then the mean; data range 1.",
    ),
    "dead_pixels": Metric(
        "Dead pixels",
        "share of the pixels ever lit",
        "lower",
        "Share of the pixels that are lit in some test image and black in every reconstruction: "
        "output units, rectified or clipped, that have died and get no gradient any more.",
        group="reconstruction",
        needs=("rectifier",),
        compute=lambda context: dead_pixels(context.images, context.reconstructions),
        range="0 to 1",
        measured="Not measured where the decoder ends in a sigmoid, which never reaches 0.",
    ),
    "ssim": Metric(
        "Reconstruction SSIM",
        "−1 to 1",
        "higher",
        "Structural similarity: compares brightness, contrast and pattern in small windows, "
        "nearer to what the eye sees than single pixels. scikit-image's definition, uniform 7×7 "
        "window; other libraries give other numbers.",
        group="reconstruction",
        needs=("reconstructions",),
        floors=("pca_ssim",),
        compute=lambda context: ssim(context.images, context.reconstructions),
        formula=(
            r"\frac{(2\mu_x\mu_y + c_1)(2\sigma_{xy} + "
            r"c_2)}{(\mu_x^2+\mu_y^2+c_1)(\sigma_x^2+\sigma_y^2+c_2)}"
        ),
        range="−1 to 1",
        measured=(
            "The mean over windows of 7 × 7 pixels, uniform weights, c₁ = 0.01², c₂ = 0.03²; "
            "scikit-image's definition."
        ),
        source="Wang et al. 2004; scikit-image, structural_similarity.",
    ),
    "class_mean_mse": Metric(
        "mean image of the class",
        "per pixel",
        "",
        "Answering every image with the average one of the class that the decoder is given.",
        needs=("labels", "class"),
        compute=_class_mean,
    ),
}

_LINEAR = "The best linear code of as many numbers"
_FLOORS = {
    "mean_image_mse": ("mean image", "per pixel", "Answering every image with the average one."),
    "mean_image_bce": ("mean image", "nats per pixel", "Answering every image with the average one."),
    "bce_floor": ("perfect reconstruction", "nats per pixel", "Entropy of the grey pixels themselves."),
    "bce_floor_nats": ("perfect reconstruction", "nats per image", "Entropy of the grey pixels themselves."),
    "pca_mse": ("PCA, same size", "per pixel", f"{_LINEAR}."),
    "pca_bce": ("PCA, same size", "nats per pixel", f"{_LINEAR}, clipped to [0, 1]."),
    "pca_psnr": ("PCA, same size", "dB", f"{_LINEAR}, clipped to [0, 1]."),
    "pca_ssim": ("PCA, same size", "−1 to 1", f"{_LINEAR}, clipped to [0, 1]."),
}
METRICS |= {
    name: Metric(
        title,
        unit,
        "",
        sentence,
        needs=("reconstructions",),
        compute=lambda context, name=name: context.floors[name],
    )
    for name, (title, unit, sentence) in _FLOORS.items()
}
