"""One evaluation for every variant: the test split through a finished model, and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.datasets import Images
from aecore.evaluation import baselines
from aecore.evaluation.baselines import Baselines
from aecore.evaluation.context import ModelContext
from aecore.metrics import measure
from aecore.models.base import Autoencoder
from aecore.storage import tensors

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

    def worked_out() -> Baselines:
        device = next(model.parameters()).device
        return held_against or baselines.worked_out(train, test, context.latent_dim, device)

    context = ModelContext(model, train, test, worked_out, report)
    metrics = measure(context)
    arrays = {"codes": context.codes, "errors": context.errors}
    if test.labels is not None:
        arrays["labels"] = test.labels.astype(np.int16)
    if context.given is not None:
        arrays["conditions"] = context.given
    if context.posterior.log_var is not None:
        arrays |= {"log_var": context.posterior.log_var, "kl": context.kl}
    return Evaluation(slim(arrays), metrics)


def slim(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Wide codes in half precision where it reaches them, and no spread beside them: a run must stay small.

    Errors and spreads are looked at, never summed to the last digit: three digits of them do.

    Args:
        arrays: by name, as `store` has them.

    Returns:
        What is kept of them.
    """
    small = ["errors", "log_var"]
    if arrays["codes"].shape[1] > WIDE:
        arrays = {name: array for name, array in arrays.items() if name != "log_var"}
        small.append("codes")
    return {name: tensors.halved(array) if name in small else array for name, array in arrays.items()}
