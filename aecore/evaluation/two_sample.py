"""The classifier two-sample test: whether a network trained afresh tells codes from samples of the prior.

A discriminator that a model was trained against may be weak or behind; this one starts anew, learns from
the training split's codes and is judged on the test split's, which neither it nor the model has seen.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.latent import priors
from aecore.metrics import WHITENED
from aecore.metrics._whitening import ROUNDING, principal_axes

WIDTH, BATCH, STEPS, LEARNING_RATE = 128, 512, 400, 5e-3
MOST = 20_000
"""Training codes that are read at most: more of them make the answer no clearer and the test slower."""


def accuracies(train_codes: np.ndarray, codes: np.ndarray, prior: str, seed: int) -> dict[str, float]:
    """Accuracy of a fresh classifier between codes and samples of the prior, on codes it never saw.

    Two hidden layers, and as many samples of the prior as codes on either side.

    Args:
        train_codes: codes of the training split, shape (m, d), m at least 1; the first 20,000 are read.
        codes: codes of the test split, shape (n, d), n at least 1.
        prior: one of `priors.names()`.
        seed: of the prior's samples, the first weights and the order.

    Returns:
        "two_sample_accuracy", 0 to 1: 0.5 where nothing tells them apart, give or take 0.35 / sqrt(n) by
        chance. "two_sample_accuracy_whitened": the same of codes and prior brought to mean 0 and
        covariance I first, as those are that it is trained on.

    Source: Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests".
    """
    random, train_codes = np.random.default_rng(seed), train_codes[:MOST]
    both, latent_dim = (train_codes, codes), codes.shape[1]
    known, asked = ([part, priors.sample(prior, len(part), latent_dim, random)] for part in both)
    shapes = [_whitened(own, (own, other), prior) for own, other in zip(known, asked, strict=True)]
    known_shapes, asked_shapes = zip(*shapes, strict=True)
    name = "two_sample_accuracy"
    return {
        name: _accuracy(known, asked, seed),
        name + WHITENED: _accuracy(known_shapes, asked_shapes, seed),
    }


def _whitened(by: np.ndarray, points: Sequence[np.ndarray], prior: str) -> list[np.ndarray]:
    """Points moved, scaled and turned as brings `by` to mean 0 and covariance I, as `whitened` does."""
    mean, axes, widths = principal_axes(by)
    varies = widths > ROUNDING * np.abs(by).max(initial=0)
    scale = np.where(varies, 1 / np.where(varies, widths, 1), 0)
    back = np.eye(len(axes)) if priors.find(prior).is_isotropic else axes.T
    return [(part - mean) @ axes * scale @ back for part in points]


def _accuracy(known: Sequence[np.ndarray], asked: Sequence[np.ndarray], seed: int) -> float:
    """Share of (codes, samples of the prior) told rightly by a classifier of others of them."""
    together = np.concatenate(known).astype(np.float64)
    centre, spread = together.mean(0), together.std(0)
    spread[spread == 0] = 1
    points, others = ((part - centre) / spread for part in (together, np.concatenate(asked)))
    network = _fitted(torch.tensor(points, dtype=torch.float32), _is_code(len(known[0])), seed)
    with torch.no_grad():
        says_code = network(torch.tensor(others, dtype=torch.float32))[:, 0] > 0
    return float((says_code == _is_code(len(asked[0])).bool()).float().mean())


def _is_code(count: int) -> Tensor:
    """1 for each of so many codes, 0 for as many samples of the prior after them."""
    return torch.cat([torch.ones(count), torch.zeros(count)])


def _fitted(points: Tensor, is_code: Tensor, seed: int) -> nn.Module:
    """A classifier of points (n, d), trained by one-cycle Adam."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = (nn.Linear(points.shape[1], WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        network = nn.Sequential(*layers, nn.Linear(WIDTH, 1))
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, LEARNING_RATE, total_steps=STEPS + 1, cycle_momentum=False
    )
    for _ in range(STEPS):
        rows = torch.randint(len(points), (BATCH,), generator=generator)
        loss = F.binary_cross_entropy_with_logits(network(points[rows])[:, 0], is_code[rows])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
    return network
