"""A file added to a package from a temporary folder, as a person would drop it in, and taken away again."""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest


@contextmanager
def added(
    package: ModuleType, folder: Path, file: str, source: str, readers: Sequence[ModuleType] = ()
) -> Iterator[None]:
    """Let a package find one file more.

    Args:
        package: whose `__path__` grows by the folder.
        folder: a temporary one.
        file: its name, such as "fog.py".
        source: what is in it.
        readers: modules that read the package's names as they are imported: they are imported anew, as in
            a process that begins with the file in its place.

    Yields:
        None: while the file is there.
    """
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(source, "utf-8")
    name = f"{package.__name__}.{Path(file).stem}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        for reader in readers:
            parent, _, child = reader.__name__.rpartition(".")
            patch.delitem(sys.modules, reader.__name__)
            patch.setattr(sys.modules[parent], child, importlib.import_module(reader.__name__))
        yield
    sys.modules.pop(name, None)
    vars(package).pop(Path(file).stem, None)


FOG = '''
"""Fog: the image fades into uniform noise."""

from aecore.corruptions import Corruption


def fade(pixels, level, draws):
    """(1 - level) * image + level * uniform."""
    return pixels * (1 - level) + level * draws.uniform


CORRUPTION = Corruption(
    title="Fog of noise",
    sentence="Every pixel fades into a random grey.",
    order=9,
    level="share of fog",
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    reference=0.6,
    draws=("uniform",),
    formula=fade,
    takes_tensors=True,
)
'''
FOG_IN_THE_BROWSER = """
// Fog: the image fades into uniform noise.

export function corrupt(image, shape, level, { uniform }) {
  return Float64Array.from(image, (v, i) => v * (1 - level) + level * uniform[i]);
}
"""
RING = '''
"""A ring of radius 2 with a Gaussian across it."""

import numpy as np

from aecore.latent.priors import Prior

RADIUS, THICKNESS, PLACES = 2.0, 0.1, 400


def sample(count, latent_dim, rng):
    """Places on the ring, and how far from it."""
    angle = 2 * np.pi * rng.random(count)
    ring = RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return ring + THICKNESS * rng.standard_normal((count, 2))


def density(codes, variance):
    """The mean over even places on the ring, closer together than it is thick."""
    total, variance = np.zeros(codes.shape[:-1]), THICKNESS**2 + variance
    for angle in np.arange(PLACES) * 2 * np.pi / PLACES:
        x, y = RADIUS * np.cos(angle), RADIUS * np.sin(angle)
        total += np.exp(-0.5 * (np.square(codes[..., 0] - x) + np.square(codes[..., 1] - y)) / variance)
    return total / (PLACES * 2 * np.pi * variance)


PRIOR = Prior(
    title="a ring",
    formula="p(z)",
    spread=float(np.sqrt((RADIUS**2 + 2 * THICKNESS**2) / 2)),
    sample=sample,
    density=density,
    latent_dim=2,
    is_isotropic=True,
)
'''
