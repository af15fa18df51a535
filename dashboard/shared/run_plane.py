"""What the latent plane is told of a run, wherever it stands: on a page of the dashboard or in a file."""

from typing import Any

import numpy as np

from aecore.analysis import per_image
from aecore.latent import priors
from aecore.storage.run import StoredRun
from dashboard.components.latent_plane.packing import VALUES
from dashboard.shared.dimensions import dimensions

PRIOR_SAMPLES = 2000
FIRST_VIEW = {"window": "prior", "overlays": ["holes"]}
"""One scale for all, and where each leaves its prior empty: what linked planes are to show at once."""


def described(run: StoredRun) -> dict[str, Any]:
    """What `pack` is told of a run.

    Args:
        run: one whose codes are short enough for a plane, and that can be shown.

    Returns:
        Arguments of `pack`.
    """
    return {
        "codes": run.arrays["codes"],
        "labels": run.labels,
        "errors": run.arrays.get("errors"),
        "decoder": run.decoder if run.has_decoder else None,
        "image_shape": run.image_shape,
        "classes": run.classes,
        "title": f"{run.manifest['data_title']} · {run.manifest['title']}",
        "split": "test",
        "name": run.run_id,
        "prior": run.manifest["prior"],
        "prior_samples": _prior_samples(run),
        "conditions": run.arrays.get("conditions"),
        "dimensions": dimensions(run.arrays["codes"], run.arrays.get("kl")),
    }


def shared(run: StoredRun) -> dict[str, Any]:
    """What `pack_images` is told of linked planes: any run of the data set knows it.

    Args:
        run: one of theirs.

    Returns:
        Arguments of `pack_images`.
    """
    return {
        "labels": run.labels,
        "count": run.test_images,
        "classes": run.classes,
        "image_shape": run.image_shape,
        "split": "test",
        "first": FIRST_VIEW,
    }


def values(run: StoredRun) -> dict[str, np.ndarray]:
    """What its dots can be coloured by besides, of what was stored with it: (n,) by name."""
    stored = per_image.stored(run)
    return {name: stored[name] for name in VALUES if name in stored}


def _prior_samples(run: StoredRun) -> np.ndarray | None:
    """Samples that show a prior which circles would not."""
    prior = run.manifest["prior"]
    if priors.is_standard_normal(prior):
        return None
    return priors.sample(prior, PRIOR_SAMPLES, run.config.latent_dim, np.random.default_rng(0))
