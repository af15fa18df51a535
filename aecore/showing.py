"""Showing: what the latent plane shows of a model under way, as a frame."""

import numpy as np
import torch

from aecore import evaluation, export, frames, training
from aecore.frames import Frame
from aecore.variants._autoencoder import Autoencoder, Batch


def frame_of(model: Autoencoder, test: Batch, number: int, is_exact: bool) -> Frame:
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
    is_mixed = training.multiplies_bfloat16(device) and not is_exact
    with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
        codes = evaluation.encode(model, test).mean.float().numpy()
    rows = frames.shown_images(test.labels.cpu().numpy())
    chosen = evaluation.conditions(model, Batch(test.images[rows], test.labels[rows]))
    shown = (evaluation.decode(model, codes[rows], chosen) * 255).round().astype(np.uint8)
    layers, weights = export.decoder_layers(model), model.state_dict()
    decoder = {name: weights[name].cpu().numpy().copy() for name in frames.tensor_names(layers)}
    return Frame(number, codes, layers, decoder, shown)
