"""Autoencoders trained, kept and opened again. `import aecore` is light: torch loads when it computes.

Layers; a lower one never imports a higher one:

    L0  errors                       every error a user can cause, worded once
    L1  registry, config             what a folder offers, what a run is made from
    L1  storage.atomic               writing that a kill cannot halve
    L1  storage.bounded              reading regular files alone, and only so much of them
    L2  latent                       priors, codes drawn from them, paths between two
    L2  decoder                      layers from a code to an image, and the shapes that they make
    L3  metrics, datasets            what each number is, and how it comes from finished arrays; images
    L3  corruptions                  what can happen to an image, one formula each
    L3  models.own_variants          where variants of one's own are found
    L3  models.cards                 what a person should know of a variant, read without importing it
    L4  storage                      runs on disk: written whole or not at all, exchanged as one file
    L5  models, images               autoencoders and what a finished one computes; pictures from anywhere
    L5  importers                    people's own images, made into data sets and kept
    L6  training, evaluation         the loop and its checkpoints; what a finished model reached
    L7  jobs                         trainings that are not finished: queue, worker, estimate
    L8  runs, maintenance            a run in use; what an accident left, found and repaired
    L9  analysis, denoising          maps of holes, projections; models beside filters
    L9  adoption                     models and codes from elsewhere, described and kept as runs
    L10  cli                         the command line
    L11  __main__

Torch loads with these and never with another module of `aecore`, save inside a function:

    torch  adoption, models, training, runs, analysis.holes, denoising.models
    torch  evaluation.evaluation, evaluation.classifier, evaluation.sample_classifier, evaluation.baselines
    torch  evaluation.codes_context, evaluation.context, evaluation.judged_context, evaluation.two_sample
    torch  jobs.closing, jobs.epoch_writer, jobs.estimate, jobs.finalize, jobs.snapshot
    light  models.cards, models.own_variants, models.variants
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what `__getattr__` finds, for what checks types
    from aecore.adoption import Adoption as Adoption
    from aecore.adoption import add_codes as add_codes
    from aecore.adoption import adopt as adopt
    from aecore.config import RunConfig as RunConfig
    from aecore.datasets import Images as Images
    from aecore.datasets import load_images as load_images
    from aecore.errors import AecoreError as AecoreError
    from aecore.importers import add_folder as add_folder
    from aecore.importers import add_images as add_images
    from aecore.models.variants import configure as configure
    from aecore.runs import Run as Run
    from aecore.runs import open_run as open_run
    from aecore.runs import train as train
    from aecore.storage.store import RunStore as RunStore

__version__ = "0.1.0"

_HOMES = {
    "Adoption": "aecore.adoption",
    "AecoreError": "aecore.errors",
    "Images": "aecore.datasets",
    "Run": "aecore.runs",
    "RunConfig": "aecore.config",
    "RunStore": "aecore.storage.store",
    "add_codes": "aecore.adoption",
    "add_folder": "aecore.importers",
    "add_images": "aecore.importers",
    "adopt": "aecore.adoption",
    "configure": "aecore.models.variants",
    "load_images": "aecore.datasets",
    "open_run": "aecore.runs",
    "train": "aecore.runs",
}
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]  the names are strings; they live in _HOMES


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'aecore' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names for completion."""
    return sorted(__all__)
