"""The map of a run's holes computed: the plane decoded and encoded again, beside the codes' density."""

from collections.abc import Callable

import numpy as np
import torch

from aecore.analysis import hole_map
from aecore.analysis.hole_map import REACH, SIZE, HolesMap, Report
from aecore.errors import BadValue
from aecore.latent import priors
from aecore.models.base import Autoencoder
from aecore.runs import Run
from aecore.storage.store import RunStore

BATCH = 512


def kept_or_computed(run: Run, report: Report | None = None, store: RunStore | None = None) -> HolesMap:
    """The map of a run, computed and kept where it is not yet.

    Args:
        run: a finished run with two latent dimensions.
        report: called with the share done, 0 to 1, and what is being done.
        store: where to look and to keep it; your own runs and the shipped ones if not given.

    Returns:
        The map as it is kept.
    """
    if found := hole_map.kept(run.stored, store):
        return found
    found = holes_map(run, report=report)
    hole_map.keep(run.stored, found, store)
    return hole_map.restored(
        hole_map.compact(found), hole_map.test_codes(run.stored), run.stored.manifest["prior"]
    )


def holes_map(run: Run, *, size: int = SIZE, report: Report | None = None) -> HolesMap:
    """Map the plane of a run with two latent dimensions.

    Args:
        run: a finished run. For a posterior with a spread one sample of q(z|x) stands for each test
            image. A decoder that is given a class draws every cell as each class in turn; the cycle
            error is then the mean over the classes.
        size: cells along each side.
        report: called with the share done, 0 to 1, and what is being done.

    Returns:
        The map, which covers both the bulk of the codes and the prior.

    Raises:
        BadValue: if the run has another latent dimension.
    """
    if run.config.latent_dim != 2:
        raise BadValue("latent_dim", run.config.latent_dim, "2 for a map of holes, which is a plane")
    prior = priors.held_against(run.stored.manifest["prior"])
    codes = hole_map.test_codes(run.stored)
    wide, near = hole_map.axes(codes, size), [np.linspace(-REACH, REACH, size)] * 2
    is_coarse = any(wider[1] - wider[0] > 2 * (near[0][1] - near[0][0]) for wider in wide)
    grids = [wide, near] if is_coarse else [wide]
    errors = []
    for number, grid in enumerate(grids):

        def part(share: float, number: int = number) -> None:
            if report:
                report((number + share) / len(grids), "decoding and encoding the plane")

        points = hole_map.lattice(*grid)
        found = cycle_errors(run.model, points.reshape(-1, 2), part)
        errors.append(found.reshape(points.shape[:2]) / priors.spread(prior))
    return hole_map.assembled(codes, prior, grids, errors)


@torch.no_grad()
def cycle_errors(
    model: Autoencoder, codes: np.ndarray, report: Callable[[float], None] | None = None
) -> np.ndarray:
    """How far codes come back from where they were sent: |encode(decode(z)) - z|.

    Args:
        model: a finished model. Where its decoder is given a class, the mean over all of them.
        codes: float (n, d).
        report: called with the share done, 0 to 1.

    Returns:
        float32 (n,), Euclidean distances in latent units.
    """
    model.eval()
    device = next(model.parameters()).device
    classes = range(model.classes) if model.is_conditional else [None]
    errors = torch.zeros(len(codes))
    parts = torch.tensor(np.asarray(codes), dtype=torch.float32).split(BATCH)
    for number, part in enumerate(parts):
        if report:
            report(number / len(parts))
        sent = part.to(device)
        for label in classes:
            chosen = None if label is None else torch.full((len(sent),), label, device=device)
            returned = model.posterior(model.decode(sent, chosen)).mean
            distances = (returned - sent).norm(dim=1).cpu() / len(classes)
            errors[number * BATCH : number * BATCH + len(part)] += distances
    return errors.numpy()
