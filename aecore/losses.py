"""Loss terms as pure tensor functions, all in nats per image: summed over pixels or dimensions.

Shapes: images and logits (batch, channels, height, width), codes (batch, latent_dim); every result
is (batch,). A mean over pixels beside a summed KL would be a beta of the number of pixels.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LOG_VAR_RANGE = (-20.0, 10.0)
"""A posterior's log-variance is clamped to this, so that one bad batch cannot overflow exp()."""


def bernoulli_nll(logits: Tensor, images: Tensor) -> Tensor:
    """Cross-entropy of pixels in [0, 1] under independent Bernoullis, in nats per image.

    Args:
        logits: log-odds of each pixel, shape (batch, c, h, w).
        images: pixels in [0, 1], same shape; grey ones give the floor of `metrics.reconstruction`.

    Returns:
        One value per image, shape (batch,). Never negative.

    Source: Kingma & Welling 2014, appendix C.1.
    """
    return F.binary_cross_entropy_with_logits(logits.float(), images, reduction="none").flatten(1).sum(1)


def squared_error(reconstruction: Tensor, images: Tensor) -> Tensor:
    """Half the summed squared error: a unit-variance Gaussian's nats per image, less a constant.

    Args:
        reconstruction: pixels, shape (batch, c, h, w).
        images: pixels, same shape.

    Returns:
        One value per image, shape (batch,). Never negative.
    """
    return 0.5 * (reconstruction.float() - images).square().flatten(1).sum(1)


def gaussian_nll(reconstruction: Tensor, images: Tensor, sigma: float) -> Tensor:
    """Negative log-density of pixels under N(reconstruction, sigma^2 I), in nats per image.

    Args:
        reconstruction: mean of each pixel, shape (batch, c, h, w).
        images: pixels, same shape.
        sigma: standard deviation of every pixel, above 0.

    Returns:
        One value per image, shape (batch,); it can be negative, since it is a density.

    Source: Kingma & Welling 2014, appendix C.2, with a fixed variance.
    """
    constant = 0.5 * images[0].numel() * math.log(2 * math.pi * sigma**2)
    return squared_error(reconstruction, images) / sigma**2 + constant


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL divergence from q(z|x) = N(mean, exp(log_var)) to the prior N(0, I), in nats.

    Args:
        mean: posterior mean, shape (batch, latent_dim).
        log_var: log of the posterior variance, same shape.

    Returns:
        One value per image, shape (batch,). Never negative.

    Source: Kingma & Welling 2014, appendix B.
    """
    return 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var).sum(1)


def discriminator_loss(real_logits: Tensor, code_logits: Tensor) -> Tensor:
    """What the discriminator minimises: 2 ln 2 = 1.386 where it cannot tell codes from the prior.

    Args:
        real_logits: its log-odds on samples of the prior, shape (batch, 1).
        code_logits: its log-odds on latent codes, shape (batch, 1).

    Returns:
        One value per pair, shape (batch,). Never negative.

    Source: Goodfellow et al. 2014, equation 1.
    """
    return (F.softplus(-real_logits.float()) + F.softplus(code_logits.float())).squeeze(1)


def generator_loss(code_logits: Tensor) -> Tensor:
    """What the encoder minimises to pass for the prior (non-saturating): ln 2 = 0.693 at balance.

    Args:
        code_logits: the discriminator's log-odds on latent codes, shape (batch, 1).

    Returns:
        One value per image, shape (batch,). Never negative.

    Source: Goodfellow et al. 2014, section 3; Makhzani et al. 2015, section 2.
    """
    return F.softplus(-code_logits.float()).squeeze(1)


def clamp_log_var(log_var: Tensor) -> Tensor:
    """A log-variance kept within LOG_VAR_RANGE."""
    return torch.clamp(log_var, *LOG_VAR_RANGE)
