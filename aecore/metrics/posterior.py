"""What each latent dimension of q(z|x) is used for."""

import numpy as np

from aecore.metrics import SEED, Metric

ORDER = 3
ACTIVE = 0.01


def kl_per_dimension(mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """KL divergence from q(z|x) = N(mean, exp(log_var)) to N(0, I), of each latent dimension.

    Args:
        mean: posterior means, shape (n, d).
        log_var: logs of the posterior variances, same shape.

    Returns:
        Mean over the images, in nats, shape (d,); never negative. Its sum is the KL term of the loss.

    Source: Kingma & Welling 2014, appendix B.
    """
    return _kl(mean, log_var).mean(0)


def kl_per_image(mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """KL divergence from q(z|x) = N(mean, exp(log_var)) to N(0, I), of each image.

    Args:
        mean: posterior means, shape (n, d).
        log_var: logs of the posterior variances, same shape.

    Returns:
        In nats, shape (n,); never negative. Its mean is the KL term of the loss.

    Source: Kingma & Welling 2014, appendix B.
    """
    return _kl(mean, log_var).sum(1)


def _kl(mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    mean, log_var = mean.astype(np.float64), log_var.astype(np.float64)
    return 0.5 * (np.square(mean) + np.expm1(log_var) - log_var)


def active_units(mean: np.ndarray) -> int:
    """Number of latent dimensions whose posterior mean varies over the images, by more than 0.01.

    Args:
        mean: posterior means, shape (n, d).

    Returns:
        0 to d; a dimension that is not active tells the decoder next to nothing about the image.

    Source: Burda et al. 2016: the variance over images of the mean of q(z|x).
    """
    return int((mean.var(0, dtype=np.float64) > ACTIVE).sum())


def one_sample_each(mean: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    """The one sample of q(z|x) for each test image that every number and every map is measured on.

    Args:
        mean: posterior means, shape (n, d).
        log_var: logs of the posterior variances, same shape. They are rounded to half precision, as a
            run keeps them, so that a finished model and its stored run give the same sample.

    Returns:
        float32 (n, d).
    """
    noise = np.random.default_rng(SEED).standard_normal(mean.shape)
    return (mean + np.exp(0.5 * log_var.astype(np.float16).astype(np.float64)) * noise).astype(np.float32)


METRICS = {
    "kl": Metric(
        "KL to the prior",
        "nats per image",
        "",
        "KL divergence from q(z|x) to N(0, I), averaged over the test images: the most that the "
        "code tells about its image. At 0 it tells nothing, and the decoder answers every image "
        "alike.",
        group="latent space",
        needs=("posterior",),
        compute=lambda context: context.kl.sum(),
        formula=r"\tfrac12 \sum_j \bigl(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\bigr)",
        range="0 and more",
        measured=(
            "The mean over the test images; the page shows it for each latent dimension too. It is "
            "what the code tells about its image plus how far all codes together lie from the prior, "
            "so an upper bound on the first."
        ),
        source="Kingma & Welling 2014, appendix B; Hoffman & Johnson 2016.",
    ),
    "active_units": Metric(
        "Active units",
        "of the latent dimensions",
        "",
        "Number of latent dimensions whose posterior mean varies over the images (variance above "
        "0.01, a convention). The others carry next to nothing: the VAE has switched them off.",
        group="latent space",
        needs=("posterior",),
        compute=lambda context: active_units(context.codes),
        formula=r"\#\{j : \mathrm{Var}_x\,\mu_j(x) > 0.01\}",
        range="0 to d",
        measured="The threshold is a convention.",
        source="Burda et al. 2016.",
    ),
}
