"""What every context asks of what is fitted beside a run: floors, the judge, the two-sample classifier."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch

from aecore.evaluation import classifier, two_sample
from aecore.evaluation.baselines import Baselines
from aecore.metrics import SEED
from aecore.metrics._context import MetricContext


class JudgedContext(MetricContext):
    """A context whose floors and judge are worked out when a number first asks for them."""

    _baselines_of: Callable[[], Baselines] | None
    """Gives both; None where there are no images."""

    @cached_property
    def _baselines(self) -> Baselines:
        assert self._baselines_of, "a metric asks for it that needs images"
        self.tell("working out what PCA reaches, and the judge")
        return self._baselines_of()

    def judged(self, images: np.ndarray) -> np.ndarray:
        """What the judge makes of images (n, h, w, c): probabilities (n, classes); the rest is for none."""
        judge = self._baselines.judge
        assert judge is not None, "a metric asks for it that needs labels"
        pixels = torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(next(judge.parameters()).device)
        return classifier.probabilities(judge, pixels).numpy()

    @property
    def floors(self) -> dict[str, float]:
        """What the mean image, a perfect reconstruction and PCA reach, by name."""
        return self._baselines.floors

    @cached_property
    def two_sample(self) -> dict[str, float]:  # pyright: ignore[reportIncompatibleMethodOverride]  read alike, worked out once
        """Accuracy of a fresh classifier between codes and samples of the prior, by the number's name."""
        self.tell("telling codes from samples of the prior")
        return two_sample.accuracies(self.held_out_train, self.held_out, self.prior_or_normal, SEED)
