"""Finished runs that nobody trained: small, whole, and ready to be stored."""

import numpy as np

from aecore.config import RunConfig
from aecore.storage.run import FinishedRun

IMAGES, HIDDEN = 599, 8


def finished(created: str = "2026-01-01T00:00:00+00:00", **settings) -> FinishedRun:
    """A finished run that nobody trained, as the one of a VAE on the digits would be."""
    options = {"hidden": (HIDDEN,), "likelihood": "bernoulli", "sigma": 0.2, "beta": 1.0}
    options |= {"warm_up": 0.0, "free_bits": 0.0}
    values = {"variant": "vae", "dataset": "digits", "options": options, "epochs": 1}
    random = np.random.default_rng(0)
    shapes = {"encoder.1": (HIDDEN, 64), "encoder.3": (4, HIDDEN), "decoder.0": (HIDDEN, 2)}
    shapes["decoder.2"] = (64, HIDDEN)
    weights = {f"{name}.weight": random.standard_normal(shape) for name, shape in shapes.items()}
    weights |= {f"{name}.bias": random.standard_normal(shape[0]) for name, shape in shapes.items()}
    return FinishedRun(
        config=RunConfig(**values | settings),
        weights={
            name: array.astype(np.float16 if name == "decoder.2.weight" else np.float32)
            for name, array in weights.items()
        },
        codes={
            "codes": random.standard_normal((IMAGES, 2)).astype(np.float32),
            "log_var": random.standard_normal((IMAGES, 2)).astype(np.float16),
            "kl": random.random(2, dtype=np.float32),
            "labels": (np.arange(IMAGES) % 10).astype(np.int16),
            "errors": random.random(IMAGES).astype(np.float16),
        },
        history=[
            {
                "number": 1,
                "stage": "training",
                "seconds": 0.1,
                "train": {"kl": 1 / 3},
                "test": {"kl": 0.1 + 0.2},
            }
        ],
        metrics={"mse": 0.1 + 0.2, "bce": 1 / 3},
        about={
            "title": "Variational autoencoder",
            "data_title": "Digits 8×8",
            "classes": [str(digit) for digit in range(10)],
            "image_shape": [8, 8, 1],
            "prior": "standard_normal",
            "labels": "",
            "networks": {
                "decoder": [
                    {"layer": "Linear", "output": [HIDDEN], "parameters": 24},
                    {"layer": "ReLU", "output": [HIDDEN], "parameters": 0},
                    {"layer": "Linear", "output": [64], "parameters": 576},
                ]
            },
            "layers": [
                {"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"},
                {"type": "relu"},
                {"type": "linear", "weight": "decoder.2.weight", "bias": "decoder.2.bias"},
                {"type": "unflatten", "shape": [1, 8, 8]},
                {"type": "sigmoid"},
            ],
            "parameters": sum(array.size for array in weights.values()),
            "seconds": 1.5,
            "machine": "ünö machine",
            "created": created,
            "aecore": "0.1.0",
        },
    )


def read_all(run) -> None:
    """Read every file of a run."""
    assert all((run.weights, run.arrays, run.history, run.metrics))
