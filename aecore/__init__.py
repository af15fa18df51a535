"""Autoencoders trained, kept and opened again. `import aecore` is light: torch loads when it computes.

Layers; a lower one never imports a higher one, and L0 and L1 never import torch:

    L0  errors, config, discovery    what a run is, what can go wrong, what a folder offers
    L0  disk, places, labels, trash  writing that a kill cannot halve, a run's place, its name, deleted runs
    L1  datasets, store, derived, metrics, priors, cards  images, runs on disk, numbers, priors, what to know
    L1  manifests, records           what a run must say of itself
    L1  archives, archive_checks     a run as one file from elsewhere, and all that may be wrong with it
    L1  decoder_shapes               what a decoder's layers make of a code, before anything is computed
    L1  doctor, repairs, job_folders  what an accident left in a folder of runs, found and repaired
    L0  narrow                       classes of images, one byte on disk
    L1  frames, rewinds              what the plane was like after each epoch, one by one and of a whole run
    L1  pace                         how fast a config trains here, in words
    L0  owners                       whose a training or run is, where several people use a server
    L1  jobs                         trainings that are not finished: the queue, and what is wished of them
    L1  limits                       what the visitors of a server may take of it
    L1  degradations                 what can happen to an image, before a model sees it
    L1  pictures, paper, preparation  a picture from anywhere to an image of a data set
    L1  filters, bm3d, noisy_pairs, intensity_maps, calibration, denoisers, denoising_curves  what a denoising
                                     model is held against
    L1  projection                   latent codes to positions on a map: t-SNE, PCA, UMAP
    L1  sampling, interpolation      codes to decode: drawn, fitted, and on the way between two
    L1  hole_maps                    where a plane is empty, and the maps of it that are kept
    L1  collapse, directions         whether a code says anything, which way of a number is better
    L1  deviations                   how far numbers would move, and when two runs are told apart
    L2  losses, layers, networks, noise  loss terms, layers and network blocks, corruption
    L3  variants                     one file per autoencoder
    L4  training, classification, evaluation, export, diagrams, runs  train a config, measure it, use it
    L4  checkpoints, showing, keeping  a training to go on from, its frames, both written beside it
    L4  finishing, worker            what is kept of a training, the process that does it
    L4  holes, judges, standards     maps of holes computed, what a drawn image shows, what models must beat
    L2  two_sample                   whether a fresh classifier tells codes from samples of the prior
    L4  compaction                   a rewind in a twentieth of the space
    L4  estimation, stopwatch        networks and pace of a config before it is trained
    L4  denoising                    models beside filters, at every level of noise
    L5  commands, __main__           the command line
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "AecoreError": "aecore.errors",
    "Images": "aecore.datasets",
    "Run": "aecore.runs",
    "RunConfig": "aecore.config",
    "RunStore": "aecore.storage.store",
    "configure": "aecore.models.variants",
    "load_images": "aecore.datasets",
    "open_run": "aecore.runs",
    "train": "aecore.runs",
}
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  the names are strings; they live in _HOMES


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'aecore' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names for completion."""
    return sorted(__all__)
