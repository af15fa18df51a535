"""A model built from its config, and how the epochs of a training are shared among its stages."""

from itertools import accumulate, pairwise

import torch

from aecore import datasets
from aecore.config import RunConfig
from aecore.models import variants
from aecore.models.base import Autoencoder, Stage


def build_model(config: RunConfig, image_shape: tuple[int, int, int]) -> Autoencoder:
    """The untrained variant of a config; its first weights depend on the seed alone.

    Args:
        config: what to build.
        image_shape: (h, w, c), as in `Images`.

    Returns:
        The variant, on the CPU.

    Raises:
        LabelsNeeded: if the variant learns from labels, and the images of the data set have none.
    """
    height, width, channels = image_shape
    options = variants.options(config.variant, **config.options)
    classes = len(datasets.record(config.dataset).classes)
    variants.check_labels(config.variant, config.dataset)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = variants.module(config.variant).Variant(
            (channels, height, width), config.latent_dim, classes, options
        )
    if model.stages:  # one that is stopped never reaches the last
        model.stage = stage_of(stage_epochs(model.stages, config.epochs), config.epochs_to_do)
    return model


def stage_epochs(stages: tuple[Stage, ...], epochs: int) -> list[tuple[Stage, int]]:
    """How many epochs each stage has; the ends are rounded, so a short training may skip all but the last.

    Args:
        stages: shares that sum to 1.
        epochs: how many epochs there are in all.

    Returns:
        The stages that have any, each with its number; the numbers sum to `epochs`.
    """
    ends = [round(epochs * share) for share in accumulate(stage.share for stage in stages)]
    ends[:-1] = [min(end, epochs - 1) for end in ends[:-1]]  # the last stage always has one
    lengths = [end - start for start, end in pairwise([0, *ends])]
    return [(stage, length) for stage, length in zip(stages, lengths, strict=True) if length]


def stage_of(stages: list[tuple[Stage, int]], number: int) -> str:
    """The stage that an epoch belongs to.

    Args:
        stages: those that have any epochs, each with its number; at least one.
        number: of the epoch, from 1.

    Returns:
        The stage's name; that of the last one beyond its end.
    """
    ends = accumulate(length for _, length in stages)
    names = (stage.name for (stage, _), end in zip(stages, ends, strict=True) if number <= end)
    return next(names, stages[-1][0].name)
