"""From a model whose last epoch is trained to what the store keeps of it."""

import datetime
import platform
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import aecore
from aecore import datasets
from aecore.config import RunConfig
from aecore.datasets import Images
from aecore.evaluation import evaluation
from aecore.evaluation.baselines import Baselines
from aecore.models import devices, export, inference, summary, variants
from aecore.models.base import Autoencoder
from aecore.storage.run import FinishedRun
from aecore.training import loop

FLOAT16_TOLERANCE = 1 / 255
SMALL, MEDIUM = 4096, 65_536


def build_finished_run(
    config: RunConfig,
    model: Autoencoder,
    train: Images,
    test: Images,
    history: list[dict[str, Any]],
    seconds: float,
    held_against: Baselines,
    report: Callable[[float, str], None] | None = None,
) -> FinishedRun:
    """Measure a model and gather what is kept of its training.

    Args:
        config: what it was made from.
        model: after its last epoch; its weights become those that are stored, rounded to float16.
        train: training images.
        test: test images.
        history: one record per epoch.
        seconds: that the training took.
        held_against: floors and judge of the data set.
        report: called with the share of the measurement done, 0 to 1, and what comes next.

    Returns:
        What `RunStore.write` takes.
    """
    device = next(model.parameters()).device
    split = inference.on_device(test, device)
    encoded = inference.encode(model, split).mean
    loop.check_codes(encoded, config.run_id, len(history))
    codes = encoded.numpy()
    weights = storable_weights(model, codes, inference.conditions(model, split))
    model.load_state_dict({name: torch.tensor(array).float() for name, array in weights.items()})
    result = evaluation.evaluate(model, train, test, report, held_against)
    about = describe(config, model, test, seconds)
    return FinishedRun(config, weights, result.codes, history, result.metrics, about)


def describe(config: RunConfig, model: Autoencoder, test: Images, seconds: float = 0.0) -> dict[str, Any]:
    """What a run's manifest says beside its config and files.

    Args:
        config: what the model was made from.
        model: before its training or after.
        test: test images.
        seconds: that the training took.

    Returns:
        The entries of `store.ABOUT`.
    """
    return {
        "title": variants.module(config.variant).TITLE,
        "data_title": datasets.record(config.dataset).title,
        "classes": list(test.classes),
        "image_shape": list(test.pixels.shape[1:]),
        "prior": model.prior,
        "labels": model.labels,
        "networks": summary.networks(model, config.latent_dim),
        "layers": export.decoder_layers(model),
        "parameters": sum(tensor.numel() for tensor in model.state_dict().values()),
        "seconds": round(seconds, 1),
        "machine": machine(next(model.parameters()).device),
        "created": datetime.datetime.now(datetime.UTC).isoformat(),
        "aecore": aecore.__version__,
    }


def rounded(record: Any) -> Any:
    """A record with its numbers at the seven digits that float32 has: half the bytes on disk."""
    if isinstance(record, dict):
        return {name: rounded(value) for name, value in record.items()}
    return float(f"{record:.7g}") if isinstance(record, float) else record


def storable_weights(
    model: Autoencoder, codes: np.ndarray, conditions: np.ndarray | None
) -> dict[str, np.ndarray]:
    """The parameters in float16 where every code then decodes within 1/255, else in float32.

    Small parameters stay float32 in any case: they weigh nothing, and the decoder's first layer
    multiplies codes that reach 100 in an unregularised autoencoder, where float16 alone costs 1.7/255.
    Where that is not enough, medium ones stay too.

    Args:
        model: a finished model; it is left as it was.
        codes: latent codes to check the decoder on, float32 (n, d).
        conditions: their classes (n,), where the decoder takes one.

    Returns:
        Arrays by parameter name.
    """
    exact = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
    before, chosen = inference.decode(model, codes, conditions), exact
    for limit in (SMALL, MEDIUM):
        halved = {
            name: tensor if tensor.numel() <= limit else tensor.half() for name, tensor in exact.items()
        }
        model.load_state_dict({name: tensor.float() for name, tensor in halved.items()})
        worst = float(np.abs(inference.decode(model, codes, conditions) - before).max())
        if worst <= FLOAT16_TOLERANCE and all(tensor.isfinite().all() for tensor in halved.values()):
            chosen = halved
            break
    model.load_state_dict(exact)
    return {name: tensor.numpy() for name, tensor in chosen.items()}


def machine(device: torch.device) -> str:
    """What it was trained on, without naming the host."""
    is_gpu = device.type == "cuda"
    threads = torch.get_num_threads()
    name = torch.cuda.get_device_name(device) if is_gpu else f"{threads} CPU thread{'s' * (threads > 1)}"
    precision = "bfloat16" if devices.multiplies_bfloat16(device) else "float32"
    return f"{name}, {platform.machine()}, {precision} products"
