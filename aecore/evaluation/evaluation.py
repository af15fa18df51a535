"""One evaluation for every variant: the test split through a finished model, and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from aecore import corruptions
from aecore.datasets import Images
from aecore.evaluation import baselines, classifier, two_sample
from aecore.evaluation.baselines import Baselines
from aecore.latent import priors
from aecore.metrics.clustering import knn_accuracy, linear_probe, neighbourhoods
from aecore.metrics.coverage import SEED, WHITENED, as_wide_as, coverage, decoded_prior, recognised
from aecore.metrics.denoising import denoising, ridge_denoiser
from aecore.metrics.nulls import nulls
from aecore.metrics.posterior import active_units, kl_per_dimension, one_sample_each
from aecore.metrics.reconstruction import (
    class_mean_mse,
    cross_entropy,
    dead_pixels,
    psnr,
    squared_errors,
    ssim,
)
from aecore.metrics.sparsity import dead_units, living_activity, living_hoyer
from aecore.models import inference
from aecore.models.base import Autoencoder, Batch, Posterior
from aecore.models.noise import corrupt
from aecore.storage import tensors

ELBO_SAMPLES = 8
DENOISED = 1000
RIDGE_IMAGES = 20_000
WIDE = 8


@dataclass(frozen=True)
class Evaluation:
    """The test split through a model: arrays as `store` keeps them, and metrics by name."""

    codes: dict[str, np.ndarray]
    metrics: dict[str, float]


def evaluate(
    model: Autoencoder,
    train: Images,
    test: Images,
    report: Callable[[float, str], None] | None = None,
    held_against: Baselines | None = None,
) -> Evaluation:
    """Everything a run stores about the test split.

    Args:
        model: a finished model.
        train: training images, for the floors, the nearest neighbours and the probes.
        test: test images; every number is measured on them.
        report: called with the share done, 0 to 1, and what comes next.
        held_against: floors and judge; worked out if not given.

    Returns:
        Codes and metrics. Coverage takes samples of q(z|x) where the posterior has a spread.
    """
    report = report or (lambda share, note: None)
    device = next(model.parameters()).device
    train_split, test_split = inference.on_device(train, device), inference.on_device(test, device)
    report(0.0, "encoding and decoding every image")
    learned, posterior = inference.encode(model, train_split), inference.encode(model, test_split)
    train_codes = learned.mean.numpy()
    codes, classes = posterior.mean.numpy(), inference.conditions(model, test_split)
    images, shown = test.pixels.astype(np.float32) / 255, inference.decode(model, codes, classes)
    errors = squared_errors(images, shown)
    bce = cross_entropy(images, shown)
    metrics = {
        "mse": float(errors.mean()),
        "bce": bce,
        "nats": bce * images[0].size,
        "psnr": psnr(images, shown),
        "ssim": ssim(images, shown),
    }
    report(0.1, "comparing the neighbours of images and of codes")
    neighbours = neighbourhoods(images.reshape(len(images), -1), codes)
    report(0.3, "classifying the codes")
    metrics |= {
        "knn_accuracy": knn_accuracy(train_codes, train.labels, codes, test.labels),
        "linear_probe": linear_probe(train_codes, train.labels, codes, test.labels),
        "trustworthiness": neighbours.trustworthiness,
        "continuity": neighbours.continuity,
    }
    if held_against is None:
        report(0.45, "working out what PCA reaches")
        held_against = baselines.worked_out(train, test, codes.shape[1], device)
    metrics |= held_against.floors
    if classes is not None:
        given = inference.conditions(model, train_split)
        metrics["class_mean_mse"] = class_mean_mse(train.pixels, given, images, classes)
    drawn = [held_out_codes(split) for split in (learned, posterior)]
    metrics |= prior_coverage(model, *drawn, held_against.judge, test, _part(report, 0.6, 0.95))
    metrics |= {
        "living_activity": living_activity(codes),
        "living_hoyer": living_hoyer(codes),
        "dead_units": dead_units(codes),
    }
    report(0.95, "measuring the bound and the denoising")
    metrics |= _negative_elbo(model, test_split) | _denoising(model, train_split, test_split)
    if not isinstance(model.output, torch.nn.Sigmoid):  # a sigmoid never reaches 0
        metrics["dead_pixels"] = dead_pixels(images, shown)
    terms = inference.test_terms(model, test_split)
    metrics |= {f"{name}_loss": term for name, term in terms.items() if name.endswith("discriminator")}
    if model.classify(inference.to_float(_first(test_split, 1)).images) is not None:
        metrics["test_error"] = classifier.error(_Classifier(model), test_split)
    arrays = {"codes": codes, "labels": test.labels.astype(np.int16), "errors": errors}
    if classes is not None:
        arrays["conditions"] = classes
    if posterior.log_var is not None:
        mean, log_var = codes, posterior.log_var.numpy()
        arrays |= {"log_var": log_var, "kl": kl_per_dimension(mean, log_var).astype(np.float32)}
        metrics |= {"active_units": float(active_units(mean)), "kl": float(arrays["kl"].sum())}
    return Evaluation(_slim(arrays), metrics)


def _part(report: Callable[[float, str], None], low: float, high: float) -> Callable[[float, str], None]:
    """A report for a part of the work, from one share of the whole to another."""
    return lambda share, note: report(low + share * (high - low), note)


def held_out_codes(posterior: Posterior) -> np.ndarray:
    """The codes that are held against the prior.

    Args:
        posterior: q(z|x) of the test images.

    Returns:
        float32 (n, d). Where the posterior has a spread, one draw from each q(z|x): the aggregated
        posterior itself, whose spread the means understate.
    """
    if posterior.log_var is None:
        return posterior.mean.numpy()
    return one_sample_each(posterior.mean.numpy(), posterior.log_var.numpy())


def prior_coverage(
    model: Autoencoder,
    train_codes: np.ndarray,
    codes: np.ndarray,
    judge: torch.nn.Module,
    test: Images,
    report: Callable[[float, str], None] | None = None,
) -> dict[str, float]:
    """Every number about how codes fill the prior, and what the decoder makes of the prior.

    Args:
        model: a finished model.
        train_codes: from `held_out_codes` of the training split, (m, d), for the two-sample test.
        codes: from `held_out_codes` of the test split, (n, d).
        judge: the classifier that judges what is decoded.
        test: the test images, whose classes and share recognised the decoded ones are held against.
        report: called with the share done, 0 to 1, and what comes next.

    Returns:
        Numbers of `metrics.coverage.coverage`, their nulls, `two_sample.accuracies` and `decoded_prior`, by
        name. The decode test's whitened twin decodes the same samples moved, widened and turned as the
        codes lie.
    """
    report = report or (lambda share, note: None)
    report(0.0, "holding the codes against the prior")
    random, prior = np.random.default_rng(SEED), priors.held_against(model.prior)
    numbers = coverage(codes, SEED, prior) | nulls(*codes.shape, prior)
    report(0.3, "telling codes from samples of the prior")
    numbers |= two_sample.accuracies(train_codes, codes, prior, SEED)
    numbers["real_recognised"] = float(recognised(_judged(judge, test.pixels / np.float32(255))).mean())
    drawn = priors.sample(prior, *codes.shape, random)
    classes = random.permutation(test.labels) if model.is_conditional else None
    fitted = as_wide_as(drawn, codes, prior)
    for ending, samples, share in (("", drawn, 0.5), (WHITENED, fitted, 0.8)):
        report(share, "decoding samples of the prior")
        judged = _judged(judge, inference.decode(model, samples, classes))
        found = decoded_prior(judged, test.labels, model.classes)
        numbers |= {name + ending: number for name, number in found.items()}
    return numbers


def _judged(judge: torch.nn.Module, drawn: np.ndarray) -> np.ndarray:
    """What the judge makes of images, (n, h, w, c): its probabilities, (n, classes)."""
    images = torch.tensor(drawn).permute(0, 3, 1, 2).contiguous().to(next(judge.parameters()).device)
    return classifier.probabilities(judge, images).numpy()


class _Classifier(torch.nn.Module):
    """A variant that classifies by itself, as `classifier.error` takes it."""

    def __init__(self, model: Autoencoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model.classify(images)


def _slim(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Wide codes in half precision where it reaches them, and no spread beside them: a run must stay small.

    Errors and spreads are looked at, never summed to the last digit: three digits of them do.
    """
    small = ["errors", "log_var"]
    if arrays["codes"].shape[1] > WIDE:
        arrays = {name: array for name, array in arrays.items() if name != "log_var"}
        small.append("codes")
    return {name: tensors.halved(array) if name in small else array for name, array in arrays.items()}


def _first(split: Batch, count: int) -> Batch:
    return Batch(split.images[:count], split.labels[:count])


@torch.no_grad()
def _negative_elbo(model: Autoencoder, split: Batch) -> dict[str, float]:
    generator = torch.Generator(split.images.device).manual_seed(SEED)
    total = 0.0
    for batch in inference.batches(split):
        for _ in range(ELBO_SAMPLES):
            bound = model.negative_elbo(batch, generator)
            if bound is None:
                return {}
            total += float(bound.sum()) / (ELBO_SAMPLES * len(split.labels))
    return {"negative_elbo": total}


def _denoising(model: Autoencoder, train: Batch, test: Batch) -> dict[str, float]:
    """The first 1000 test images at the noise's reference level, beside the linear ridge denoiser."""
    if model.noise is None:
        return {}
    generator = torch.Generator(train.images.device).manual_seed(SEED)
    kind, level = model.noise.kind, corruptions.find(model.noise.kind).reference

    def pair(split: Batch) -> tuple[Batch, np.ndarray, np.ndarray]:
        clean = inference.to_float(split)
        noisy = corrupt(clean.images, kind, level, generator)
        noisy = noisy.mul(255).round().byte()  # as a person's own noisy image would be
        arrays = (t.permute(0, 2, 3, 1).contiguous().cpu().numpy() for t in (clean.images, noisy))
        return Batch(noisy, split.labels), next(arrays), next(arrays).astype(np.float32) / 255

    split, clean, noisy = pair(_first(test, DENOISED))
    _, train_clean, train_noisy = pair(_first(train, RIDGE_IMAGES))
    ridge = ridge_denoiser(train_noisy, train_clean)(noisy)
    metrics = denoising(clean, noisy, inference.reconstruct(model, split))
    return metrics | {"ridge_psnr": psnr(clean, ridge)}
