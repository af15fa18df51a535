"""Finished runs that nobody trained: small, whole, and ready to be stored."""

import numpy as np

from aecore.config import RunConfig
from aecore.store import FinishedRun


def finished(created: str = "2026-01-01T00:00:00+00:00", **settings) -> FinishedRun:
    """A finished run that nobody trained."""
    values = {"variant": "vae", "dataset": "digits", "options": {"hidden": (8,), "beta": 1.0}}
    random = np.random.default_rng(0)
    decoder = {"type": "linear", "weight": "decoder.0.weight", "bias": "decoder.0.bias"}
    return FinishedRun(
        config=RunConfig(**values | settings),
        weights={
            "decoder.0.weight": random.standard_normal((4, 2)).astype(np.float16),
            "decoder.0.bias": random.standard_normal(4).astype(np.float32),
        },
        codes={
            "codes": random.standard_normal((5, 2)).astype(np.float32),
            "log_var": random.standard_normal((5, 2)).astype(np.float32),
            "kl": random.random(2, dtype=np.float32),
            "labels": np.arange(5, dtype=np.int16),
            "conditions": np.arange(5, dtype=np.int16)[::-1],
            "errors": random.random(5, dtype=np.float32),
        },
        history=[
            {
                "number": 1,
                "stage": "layer 1",
                "seconds": 0.1,
                "train": {"kl": 1 / 3},
                "test": {"kl": 0.1 + 0.2},
            }
        ],
        metrics={"mse": 0.1 + 0.2, "bce": 1 / 3},
        about={
            "title": "Variational autoencoder",
            "data_title": "Digits",
            "classes": ["zero", "ünö", "2", "3", "4"],
            "image_shape": [2, 2, 1],
            "prior": "standard_normal",
            "labels": "the decoder is given it",
            "networks": {"decoder": [{"layer": "linear, 2 to 4", "output": [4], "parameters": 12}]},
            "layers": [decoder, {"type": "unflatten", "shape": [1, 2, 2]}, {"type": "sigmoid"}],
            "parameters": 12,
            "seconds": 1.5,
            "machine": "a machine",
            "created": created,
            "aecore": "0.1.0",
        },
    )


def read_all(run) -> None:
    """Read every file of a run."""
    assert all((run.weights, run.arrays, run.history, run.metrics))
