"""Loss terms as pure tensor functions, all in nats per image: summed over pixels or dimensions.

Shapes: images and logits (batch, channels, height, width), codes (batch, latent_dim); every result
is (batch,). A mean over pixels beside a summed KL would be a beta of the number of pixels.
"""

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

LOG_VAR_RANGE = (-20.0, 10.0)
"""A posterior's log-variance is clamped to this, so that one bad batch cannot overflow exp()."""

LIKELIHOODS = ("bernoulli", "gaussian", "discretised_logistic")
"""How a decoder's output can stand for pixels; see `pixel_nll`."""

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Kernel scales of the MMD: small ones see fine structure, large ones a code that is far away."""


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


def discretised_logistic_nll(reconstruction: Tensor, images: Tensor, sigma: float) -> Tensor:
    """Negative log-probability of 8-bit pixels under a logistic over their 256 levels, in nats per image.

    A level has the logistic's mass from half a level below to half a level above; the darkest has all below
    it as well, and the brightest all above. So the masses add up to 1: this is a likelihood.

    Args:
        reconstruction: mean of each pixel, shape (batch, c, h, w).
        images: pixels in [0, 1], each a multiple of 1/255, same shape.
        sigma: standard deviation of every pixel, above 0.

    Returns:
        One value per image, shape (batch,). Never negative.

    Source: Salimans et al. 2017, section 2.1, with one logistic of a fixed scale.
    """
    scale = sigma * math.sqrt(3) / math.pi
    away, half = images - reconstruction.float(), 0.5 / 255
    below_upper = F.logsigmoid((away + half) / scale)
    above_lower = F.logsigmoid((half - away) / scale)
    # sigmoid(u) - sigmoid(l) = sigmoid(u) sigmoid(-l) (1 - exp(l - u)): no difference of nearly equal numbers
    between = below_upper + above_lower + math.log(-math.expm1(-2 * half / scale))
    logs = torch.where(images <= 0, below_upper, torch.where(images >= 1, above_lower, between))
    return -logs.flatten(1).sum(1)


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL divergence from q(z|x) = N(mean, exp(log_var)) to the prior N(0, I), in nats.

    Args:
        mean: posterior mean, shape (batch, latent_dim).
        log_var: log of the posterior variance, same shape.

    Returns:
        One value per image, shape (batch,). Never negative.

    Source: Kingma & Welling 2014, appendix B.
    """
    return kl_per_dimension(mean, log_var).sum(1)


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


def absolute_error(reconstruction: Tensor, images: Tensor) -> Tensor:
    """Summed absolute error: a unit-scale Laplace density's nats per image, less a constant.

    Args:
        reconstruction: pixels, shape (batch, c, h, w).
        images: pixels, same shape.

    Returns:
        One value per image, shape (batch,). Never negative.
    """
    return (reconstruction.float() - images).abs().flatten(1).sum(1)


def kl_per_dimension(mean: Tensor, log_var: Tensor) -> Tensor:
    """The summands of `kl_to_standard_normal`: nats of each latent dimension, shape (batch, latent_dim)."""
    return 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var)


def free_bits(kl: Tensor, floor: float) -> Tensor:
    """KL with its first nats free: a dimension pays nothing below the floor, on average over the batch.

    Args:
        kl: nats of each image and dimension, shape (batch, latent_dim).
        floor: nats that a dimension may carry free of charge.

    Returns:
        One value, nats per image.

    Source: Kingma et al. 2016, equation 15, one group per dimension.
    """
    return kl.mean(0).clamp(min=floor).sum()


def bernoulli_kl(active: Tensor, target: float) -> Tensor:
    """KL from Bernoulli(target) to Bernoulli(mean activity), summed over units.

    Args:
        active: activities in [0, 1], shape (batch, latent_dim).
        target: the share of the time that a unit should be active, between 0 and 1.

    Returns:
        One value, in nats. Never negative.

    Source: Ng 2011, CS294A lecture notes on the sparse autoencoder, section 3.
    """
    share = active.mean(0).clamp(1e-6, 1 - 1e-6)
    return (target * (target / share).log() + (1 - target) * ((1 - target) / (1 - share)).log()).sum()


def mmd2(codes: Tensor, prior: Tensor) -> Tensor:
    """Unbiased squared MMD between two batches, a sum of inverse multiquadratic kernels over scales.

    Args:
        codes: latent codes, shape (n, d).
        prior: samples of the prior, shape (n, d).

    Returns:
        One value; around 0 for equal distributions, and a little negative at times.

    Source: Tolstikhin et al. 2018, algorithm 2; the scales are those of their published code.
    """
    codes, n, total = codes.float(), len(codes), codes.new_zeros((), dtype=torch.float32)
    if n < 2:  # one code has no pair; 0 that keeps its place in the graph
        return 0.0 * codes.sum()

    def squared_distances(a: Tensor, b: Tensor) -> Tensor:
        with torch.autocast(a.device.type, enabled=False):  # rounded products would bias every distance
            return (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T).clamp(min=0)

    within = [squared_distances(points, points) for points in (codes, prior)]
    between = squared_distances(codes, prior)
    for scale in IMQ_SCALES:
        c = 2.0 * codes.shape[1] * scale
        same = sum((c / (c + squared)).sum() - n for squared in within)
        total = total + same / (n * (n - 1)) - 2 * (c / (c + between)).mean()
    return total


def adversarial_pair(
    discriminator: nn.Module, codes: Tensor, prior: Tensor, noise: float, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Both sides of the game between an encoder and its discriminator, at instance noise.

    Args:
        discriminator: (batch, d) to log-odds (batch, 1).
        codes: latent codes, shape (batch, d).
        prior: samples of the prior, same shape.
        noise: standard deviation of the Gaussian noise added to all that the discriminator reads.
        generator: where the noise comes from.

    Returns:
        What the encoder minimises and what the discriminator minimises, means over the batch.

    Source: Makhzani et al. 2015; instance noise: Sønderby et al. 2017, section 3.2.
    """

    def judged(points: Tensor) -> Tensor:
        blur = torch.randn(points.shape, generator=generator, device=points.device)
        return discriminator(points + noise * blur)

    adversarial = generator_loss(judged(codes)).mean()
    return adversarial, discriminator_loss(judged(prior), judged(codes.detach())).mean()


def gaussian_sample(mean: Tensor, log_var: Tensor, generator: Generator) -> Tensor:
    """One draw from N(mean, exp(log_var)), differentiable in both: the reparametrisation trick.

    Args:
        mean: shape (batch, latent_dim).
        log_var: same shape.
        generator: where the noise comes from.

    Returns:
        Codes of the same shape.

    Source: Kingma & Welling 2014, section 2.4.
    """
    noise = torch.randn(mean.shape, generator=generator, device=mean.device)
    return mean + (0.5 * log_var).exp() * noise


def pixel_nll(logits: Tensor, images: Tensor, likelihood: str, sigma: float) -> Tensor:
    """Negative log-likelihood of images under the decoder's output, in nats per image, shape (batch,).

    Args:
        logits: the decoder's output, shape (batch, c, h, w).
        images: pixels in [0, 1], same shape.
        likelihood: one of LIKELIHOODS.
        sigma: pixel standard deviation of the other two than bernoulli.

    Returns:
        One value per image.
    """
    if likelihood == "bernoulli":
        return bernoulli_nll(logits, images)
    density = gaussian_nll if likelihood == "gaussian" else discretised_logistic_nll
    return density(logits.float().sigmoid(), images, sigma)


def weighted_kl(kl: Tensor, beta: float, warm_up: float, free: float, progress: float) -> Tensor:
    """What a variational autoencoder pays for its posterior in training.

    Args:
        kl: nats of each image and latent dimension, shape (batch, latent_dim).
        beta: final weight; 1 is the bound itself.
        warm_up: share of the training over which the weight rises from 0 in a straight line.
        free: nats that each dimension may carry free of charge.
        progress: share of the training done.

    Returns:
        One value, nats per image.

    Source: Higgins et al. 2017 (beta); Sønderby et al. 2016, section 2.1 (warm-up); `free_bits`.
    """
    weight = beta * min(1.0, progress / warm_up if warm_up else 1.0)
    return weight * (free_bits(kl, free) if free else kl.sum(1).mean())
