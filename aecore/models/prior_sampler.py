"""Samples of a prior on a model's device, drawn with the generator of its training."""

import numpy as np
import torch
from torch import Generator, Tensor, nn

from aecore.latent import priors

POOL = 100_000
"""How many samples of a prior other than N(0, I) are drawn ahead, to be picked from in training."""


class PriorSampler(nn.Module):
    """Draws from one of `priors.names()`; it has no parameters and stores nothing."""

    pool: Tensor | None

    def __init__(self, prior: str, latent_dim: int) -> None:
        """Check that the prior exists in this latent dimension, and fill the pool if there is one."""
        super().__init__()
        priors.check(prior, latent_dim)
        self.latent_dim = latent_dim
        pool = None
        if not priors.is_standard_normal(prior):
            pool = torch.tensor(priors.sample(prior, POOL, latent_dim, np.random.default_rng(0)))
        self.register_buffer("pool", pool, persistent=False)

    def forward(self, count: int, generator: Generator) -> Tensor:
        """Samples (count, latent_dim)."""
        if self.pool is None:
            return torch.randn(count, self.latent_dim, generator=generator, device=generator.device)
        rows = torch.randint(POOL, (count,), generator=generator, device=generator.device)
        return self.pool[rows]
