"""Codes that somebody brought as metrics ask for them; see `metrics._context`. There is no encoder to ask."""

from collections.abc import Callable
from functools import cached_property
from typing import NoReturn

import numpy as np

from aecore.datasets import Images
from aecore.errors import EncoderNeeded
from aecore.evaluation.baselines import Baselines
from aecore.evaluation.judged_context import JudgedContext
from aecore.metrics._context import Denoised, Encoded

Decode = Callable[[np.ndarray, np.ndarray | None], np.ndarray]


class CodesContext(JudgedContext):
    """Codes of images, or codes alone, and a decoder where there is one."""

    def __init__(
        self,
        codes: np.ndarray,
        train_codes: np.ndarray | None,
        train: Images,
        test: Images,
        *,
        prior: str | None = None,
        decode: Decode | None = None,
        has_images: bool = True,
        is_labelled: bool = False,
        held_against: Callable[[], Baselines] | None = None,
        report: Callable[[float, str], None] | None = None,
    ) -> None:
        """Take what is measured; nothing is computed yet.

        Args:
            codes: of the test images, float32 (n, d).
            train_codes: of the training images; None where they are not known.
            train: training images; none where there are no images.
            test: test images; where there are none only their labels count.
            prior: that the codes are meant to follow, or None.
            decode: images float32 (n, h, w, c) in [0, 1] of codes; None where nothing decodes them.
            has_images: whether there are any beside the codes.
            is_labelled: whether the codes have classes.
            held_against: gives the floors and the judge, once they are asked for; None without images.
            report: called with the share done and what comes next.
        """
        super().__init__(train, test, prior, report)
        self._codes = {id(test): codes, id(train): train_codes}
        self._decode, self._has_images, self._is_labelled = decode, has_images, is_labelled
        self._baselines_of = held_against

    @cached_property
    def has(self) -> frozenset[str]:  # pyright: ignore[reportIncompatibleMethodOverride]  read alike, worked out once
        """What codes and images have, of `NEEDS`."""
        found = {
            "labels": self._is_labelled,
            "prior": self.prior is not None,
            "images": self._has_images,
            "training": self._codes[id(self.train)] is not None,
            "decoder": self._has_images and self._decode is not None,
            "reconstructions": self._has_images and self._decode is not None,
        }
        return frozenset(name for name, is_so in found.items() if is_so)

    def encode(self, images: Images) -> Encoded:
        """The codes that were brought of images."""
        codes = self._codes[id(images)]
        if codes is None:
            raise EncoderNeeded
        return Encoded(codes, None)

    def classes_given(self, images: Images) -> None:
        """No decoder that is described takes a class; see `metrics._context`."""

    def decode(self, codes: np.ndarray, classes: np.ndarray | None) -> np.ndarray:
        """Images of codes; see `metrics._context`."""
        assert self._decode is not None, "a metric asks for it that needs a decoder"
        return self._decode(codes, classes)

    @property
    def terms(self) -> dict[str, float]:
        """Nothing was trained, so there are no loss terms."""
        return {}

    @property
    def denoising(self) -> Denoised:
        """No noise was trained on."""
        raise AssertionError("a metric asks for it that needs noise")

    def negative_elbo(self) -> None:
        """There is no bound."""

    def test_error(self) -> NoReturn:
        """Nothing classifies here."""
        raise AssertionError("a metric asks for it that needs a classifier")
