"""What each latent dimension is used for."""

import numpy as np
import torch

from aecore.metrics.posterior import active_units, kl_per_dimension
from tests.core.metrics.contexts import normal


def test_kl_per_dimension_is_torchs_own_averaged_over_images():
    mean, log_var = normal(30, 4), normal(30, 4, seed=1)
    posterior = torch.distributions.Normal(torch.tensor(mean), torch.tensor(log_var).mul(0.5).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(kl_per_dimension(mean, log_var), expected)


def test_a_dimension_that_stays_at_the_prior_has_no_kl():
    assert kl_per_dimension(np.zeros((5, 3), np.float32), np.zeros((5, 3), np.float32)).tolist() == [0, 0, 0]


def test_a_unit_is_active_if_the_variance_of_its_mean_is_above_a_hundredth():
    mean = np.array([-1.0, 1.0])[:, None] * np.sqrt([0.0, 0.009, 0.011, 4.0]) + 5
    assert active_units(mean) == 2
