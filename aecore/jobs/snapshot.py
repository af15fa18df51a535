"""Showing: what is seen of a model under way: a frame for the plane, and the numbers that tell a collapse."""

from collections.abc import Mapping

import numpy as np
import torch

from aecore.metrics.posterior import active_units
from aecore.metrics.reconstruction import class_mean_mse
from aecore.models import devices, export, inference
from aecore.models.base import Autoencoder, Batch
from aecore.storage import snapshots
from aecore.storage.snapshots import Frame

CHECKED = 500
"""Test images, evenly spread, whose reconstructions tell whether a model has learned anything so far."""


def take_snapshot(model: Autoencoder, test: Batch, number: int, is_exact: bool) -> Frame:
    """A frame of a model as it is; it stays so while the model is trained on.

    Args:
        model: between two epochs.
        test: the test split, pixels uint8 (n, c, h, w), on the model's device.
        number: epochs that it was trained.
        is_exact: whether the codes are those of a measurement, in float32; else they are computed with
            the products of training, in a quarter of the time where these are bfloat16. Nine in ten then
            lie within a hundredth of the codes' standard deviation.

    Returns:
        The frame.
    """
    device = test.images.device
    is_mixed = devices.multiplies_bfloat16(device) and not is_exact
    with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
        codes = inference.encode(model, test).mean.float().numpy()
    labels = None if test.labels is None else test.labels.cpu().numpy()
    rows = snapshots.shown_images(labels, len(test.images))
    chosen = inference.conditions(model, test.take(rows))
    shown = (inference.decode(model, codes[rows], chosen) * 255).round().astype(np.uint8)
    return Frame(number, codes, export.decoder(model), shown)


def early_numbers(
    model: Autoencoder, test: Batch, codes: np.ndarray, terms: Mapping[str, float]
) -> dict[str, float]:
    """The numbers that `collapse.of_run` asks for, of a model under way: in a moment and without floors.

    Args:
        model: between two epochs.
        test: the test split, pixels uint8 (n, c, h, w), on the model's device.
        codes: its posterior means, (n, d).
        terms: the last test losses, nats per image by term.

    Returns:
        Metrics by name; the errors are of CHECKED images, the mean images are those of these.
    """
    rows = np.linspace(0, len(codes) - 1, min(CHECKED, len(codes))).astype(int)
    batch = test.take(rows.tolist())
    given = inference.conditions(model, batch)
    shown = inference.decode(model, codes[rows], given)
    images = batch.images.permute(0, 2, 3, 1).cpu().numpy().astype(np.float32) / 255
    numbers = {
        "mse": float(((shown - images) ** 2).mean()),
        "mean_image_mse": float(images.var(0).mean()),
        "code_std": float(codes.std(0).mean()),
        "code_mean_norm": float(np.linalg.norm(codes.mean(0))),
    }
    if given is not None:
        numbers["class_mean_mse"] = class_mean_mse(images, given, images, given)
    if "kl" in terms:
        numbers |= {"kl": terms["kl"], "active_units": float(active_units(codes))}
    return numbers
