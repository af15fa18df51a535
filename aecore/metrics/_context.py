"""What a metric can ask of a finished model on the test split, each thing worked out once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aecore.latent import priors
from aecore.metrics import _nulls
from aecore.metrics._metric import SEED
from aecore.metrics._whitening import as_wide_as, whitened
from aecore.metrics.clustering import Neighbourhoods, neighbourhoods
from aecore.metrics.posterior import kl_per_dimension, one_sample_each
from aecore.metrics.reconstruction import cross_entropy, squared_errors

if TYPE_CHECKING:
    from aecore.datasets import Images


class Encoded(NamedTuple):
    """q(z|x) of images: means float32 (n, d), and log-variances of that shape where it has a spread."""

    mean: np.ndarray
    log_var: np.ndarray | None


class Denoised(NamedTuple):
    """Images (n, h, w, c) in [0, 1]: test images clean, with noise and denoised, training images likewise."""

    clean: np.ndarray
    noisy: np.ndarray
    denoised: np.ndarray
    train_clean: np.ndarray
    train_noisy: np.ndarray


class MetricContext(ABC):
    """A finished model on the test split.

    Attributes:
        train: training images.
        test: test images.
        prior: that the model was trained for, one of `priors.names()`; None where there is none, and codes
            are held against N(0, I).
        share: how much is measured, 0 to 1.
    """

    def __init__(
        self,
        train: Images,
        test: Images,
        prior: str | None,
        report: Callable[[float, str], None] | None = None,
    ) -> None:
        """Take what is measured; nothing is computed yet.

        Args:
            train: training images.
            test: test images.
            prior: see the class.
            report: called with the share done and what comes next, as long work begins.
        """
        self.train, self.test, self.prior = train, test, prior
        self.share = 0.0
        self._report = report
        self._kept: dict[str, Any] = {}

    # What a model gives

    @property
    @abstractmethod
    def has(self) -> frozenset[str]:
        """What data set and model have, of `NEEDS`."""

    @abstractmethod
    def encode(self, images: Images) -> Encoded:
        """q(z|x) of images."""

    @abstractmethod
    def classes_given(self, images: Images) -> np.ndarray | None:
        """The class that each image is decoded with, (n,); None where the decoder takes none."""

    @abstractmethod
    def decode(self, codes: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
        """Images float32 (n, h, w, c) in [0, 1] of codes (n, d)."""

    @abstractmethod
    def judged(self, images: np.ndarray) -> np.ndarray:
        """What the judge makes of images (n, h, w, c): probabilities (n, classes); the rest is for none."""

    @property
    @abstractmethod
    def floors(self) -> dict[str, float]:
        """What the mean image, a perfect reconstruction and PCA reach, by name."""

    @property
    @abstractmethod
    def two_sample(self) -> dict[str, float]:
        """Accuracy of a fresh classifier between codes and samples of the prior, by the number's name."""

    @property
    @abstractmethod
    def terms(self) -> dict[str, float]:
        """Loss terms on the test split, in nats per image."""

    @property
    @abstractmethod
    def denoising(self) -> Denoised:
        """Images with noise at its reference level, and what becomes of them."""

    @abstractmethod
    def negative_elbo(self) -> float | None:
        """The bound, in nats per image; None where the model has none."""

    @abstractmethod
    def test_error(self) -> float:
        """Share of test images that the model itself puts into the wrong class."""

    # What follows from it

    def tell(self, note: str) -> None:
        """Report what comes next."""
        if self._report:
            self._report(self.share, note)

    def once(self, key: str, work: Callable[[], Any]) -> Any:
        """What a metric's work returns; done the first time that the key is asked for."""
        if key not in self._kept:
            self._kept[key] = work()
        return self._kept[key]

    @cached_property
    def learned(self) -> Encoded:
        """q(z|x) of the training images."""
        self.tell("encoding the training images")
        return self.encode(self.train)

    @cached_property
    def posterior(self) -> Encoded:
        """q(z|x) of the test images."""
        self.tell("encoding the test images")
        return self.encode(self.test)

    @property
    def codes(self) -> np.ndarray:
        """Latent codes of the test images, posterior means, float32 (n, d)."""
        return self.posterior.mean

    @property
    def latent_dim(self) -> int:
        """Numbers in a latent code."""
        return self.codes.shape[1]

    @property
    def classified(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Codes and labels of the training images, then of the test images."""
        self.tell("classifying the codes")
        return self.learned.mean, self.train.known_labels, self.codes, self.test.known_labels

    @cached_property
    def kl(self) -> np.ndarray:
        """KL divergence to N(0, I) of each latent dimension, in nats, float32 (d,)."""
        mean, log_var = self.posterior
        assert log_var is not None, "a metric asks for it that needs a posterior"
        return kl_per_dimension(mean, log_var).astype(np.float32)

    @cached_property
    def images(self) -> np.ndarray:
        """Test images in [0, 1], float32 (n, h, w, c)."""
        return self.test.pixels.astype(np.float32) / 255

    @cached_property
    def given(self) -> np.ndarray | None:
        """`classes_given` of the test images."""
        return self.classes_given(self.test)

    @cached_property
    def reconstructions(self) -> np.ndarray:
        """Test images decoded from their posterior means, float32 (n, h, w, c)."""
        return self.decode(self.codes, self.given)

    @cached_property
    def errors(self) -> np.ndarray:
        """Mean squared error of each test image, (n,)."""
        return squared_errors(self.images, self.reconstructions)

    @cached_property
    def bce(self) -> float:
        """Cross-entropy of the reconstructions, in nats per pixel."""
        return cross_entropy(self.images, self.reconstructions)

    @cached_property
    def neighbours(self) -> Neighbourhoods:
        """How far neighbours as images and neighbours as codes are the same."""
        self.tell("comparing the neighbours of images and of codes")
        return neighbourhoods(self.images.reshape(len(self.images), -1), self.codes)

    @cached_property
    def held_out(self) -> np.ndarray:
        """The codes that are held against the prior, float32 (n, d).

        Where the posterior has a spread, one draw from each q(z|x): the aggregated posterior itself, whose
        spread the means understate.
        """
        return _drawn(self.posterior)

    @cached_property
    def held_out_train(self) -> np.ndarray:
        """`held_out` of the training images."""
        return _drawn(self.learned)

    @property
    def prior_or_normal(self) -> str:
        """The name of what codes are held against."""
        return priors.held_against(self.prior)

    @cached_property
    def prior_samples(self) -> np.ndarray:
        """As many samples of the prior as there are test images, float32 (n, d)."""
        count, latent_dim = self.held_out.shape
        return priors.sample(self.prior_or_normal, count, latent_dim, np.random.default_rng(SEED))

    def against(self, ending: str) -> tuple[np.ndarray, np.ndarray]:
        """Codes and samples of the prior.

        Args:
            ending: "", or "_whitened" for both brought to mean 0 and covariance I first.

        Returns:
            Both (n, d).
        """
        pair = (self.held_out, self.prior_samples)
        if not ending:
            return pair
        return self.once("whitened", lambda: tuple(whitened(one, self.prior_or_normal) for one in pair))

    @cached_property
    def nulls(self) -> dict[str, float]:
        """What as many codes drawn from the prior would score, by the null's name."""
        return _nulls.nulls(*self.held_out.shape, self.prior_or_normal)

    def decoded(self, ending: str) -> np.ndarray:
        """What the judge makes of images decoded from samples of the prior.

        Args:
            ending: "", or "_whitened" for samples moved, widened and turned as the codes lie.

        Returns:
            Probabilities (n, classes), as of `judged`.
        """
        return self.once(f"decoded{ending}", lambda: self._decoded(is_fitted=bool(ending)))

    def _decoded(self, is_fitted: bool) -> np.ndarray:
        self.tell("decoding samples of the prior")
        random, codes = np.random.default_rng(SEED), self.held_out
        samples = priors.sample(self.prior_or_normal, len(codes), codes.shape[1], random)
        classes = random.permutation(self.test.known_labels) if "class" in self.has else None
        if is_fitted:
            samples = as_wide_as(samples, codes, self.prior_or_normal)
        return self.judged(self.decode(samples, classes))


def _drawn(posterior: Encoded) -> np.ndarray:
    mean, log_var = posterior
    return mean if log_var is None else one_sample_each(mean, log_var)
