"""One evaluation for every variant: the test split through a finished model, and its numbers."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore.datasets import Images
from aecore.metrics.clustering import knn_accuracy
from aecore.metrics.coverage import coverage
from aecore.metrics.reconstruction import cross_entropy, floors, squared_errors
from aecore.training import EVALUATION_BATCH, on_device, test_terms, to_float
from aecore.variants._autoencoder import Autoencoder, Posterior

ELBO_SAMPLES = 8
SEED = 0


@dataclass(frozen=True)
class Evaluation:
    """The test split through a model: arrays as `store` keeps them, and metrics by name."""

    codes: dict[str, np.ndarray]
    metrics: dict[str, float]


@torch.no_grad()
def encode(model: Autoencoder, pixels: Tensor) -> Posterior:
    """q(z|x) of images, in batches, on the CPU.

    Args:
        model: a finished model.
        pixels: uint8 (n, c, h, w) on the model's device.

    Returns:
        Mean (n, d), and log-variance (n, d) where the posterior has a spread.
    """
    model.eval()
    batches = [model.posterior(to_float(batch)) for batch in pixels.split(EVALUATION_BATCH)]
    parts = zip(*batches, strict=True)
    return Posterior(*(None if part[0] is None else torch.cat(part).cpu() for part in parts))


@torch.no_grad()
def decode(model: Autoencoder, codes: np.ndarray) -> np.ndarray:
    """Images of latent codes, in batches.

    Args:
        model: a finished model.
        codes: float32 (n, d).

    Returns:
        Pixels float32 (n, h, w, c) in [0, 1].
    """
    model.eval()
    device = next(model.parameters()).device
    batches = torch.tensor(codes, dtype=torch.float32).split(EVALUATION_BATCH)
    images = torch.cat([model.decode(batch.to(device)).cpu() for batch in batches])
    return images.permute(0, 2, 3, 1).contiguous().numpy()


def evaluate(model: Autoencoder, train: Images, test: Images) -> Evaluation:
    """Everything a run stores about the test split.

    Args:
        model: a finished model.
        train: training images, for the floors and the nearest neighbours.
        test: test images; every number is measured on them.

    Returns:
        Codes and metrics. Coverage takes samples of q(z|x) where the posterior has a spread.
    """
    device = next(model.parameters()).device
    train_pixels, test_pixels = on_device(train, device), on_device(test, device)
    train_codes, posterior = encode(model, train_pixels).mean.numpy(), encode(model, test_pixels)
    codes = posterior.mean.numpy()
    images, shown = test.pixels.astype(np.float32) / 255, decode(model, codes)
    errors = squared_errors(images, shown)
    floor, pca_codes = floors(train.pixels.astype(np.float32) / 255, images, codes.shape[1])
    pca_train, pca_test = np.split(pca_codes, [len(train.pixels)])

    metrics = {
        "mse": float(errors.mean()),
        "bce": cross_entropy(images, shown),
        "knn_accuracy": knn_accuracy(train_codes, train.labels, codes, test.labels),
        "pca_knn_accuracy": knn_accuracy(pca_train, train.labels, pca_test, test.labels),
        **floor,
        **coverage(_samples(posterior), SEED),
        **_negative_elbo(model, test_pixels),
    }
    if "discriminator" in (terms := test_terms(model, test_pixels)):
        metrics["discriminator_loss"] = terms["discriminator"]
    arrays = {"codes": codes, "labels": test.labels.astype(np.int16), "errors": errors.astype(np.float32)}
    if posterior.log_var is not None:
        arrays["log_var"] = posterior.log_var.numpy()
    return Evaluation(arrays, metrics)


def _samples(posterior: Posterior) -> np.ndarray:
    """One draw from each q(z|x): the aggregated posterior itself, which the means understate."""
    if posterior.log_var is None:
        return posterior.mean.numpy()
    noise = torch.randn(posterior.mean.shape, generator=torch.Generator().manual_seed(SEED))
    return (posterior.mean + (0.5 * posterior.log_var).exp() * noise).numpy()


@torch.no_grad()
def _negative_elbo(model: Autoencoder, pixels: Tensor) -> dict[str, float]:
    generator = torch.Generator(pixels.device).manual_seed(SEED)
    total = 0.0
    for batch in pixels.split(EVALUATION_BATCH):
        for _ in range(ELBO_SAMPLES):
            bound = model.negative_elbo(to_float(batch), generator)
            if bound is None:
                return {}
            total += float(bound.sum()) / (ELBO_SAMPLES * len(pixels))
    return {"negative_elbo": total}
