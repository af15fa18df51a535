"""Whitened codes have no place, scale or tilt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.latent import priors
from aecore.metrics._whitening import as_wide_as, principal_axes, whitened
from tests.core.metrics.contexts import normal


@given(arrays(np.float64, (20, 3), elements=st.floats(-1e3, 1e3)))
def test_whitened_codes_have_mean_0_and_covariance_1_or_0_where_they_never_vary(codes):
    codes[:, 2] = codes[0, 2]
    found = whitened(codes)
    _, _, widths = principal_axes(codes)
    varies = widths > 1e-4 * abs(codes).max()
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(
        (found.T @ found / 20)[np.ix_(varies, varies)], np.eye(varies.sum()), atol=1e-4
    )
    assert (found[:, 2] == 0).all()


def test_of_another_prior_whitened_codes_are_not_turned():
    codes = normal(4000, 2) * [3.0, 1.0]
    found = whitened(codes, "swiss_roll")
    assert np.corrcoef(found[:, 0], codes[:, 0])[0, 1] > 0.99
    assert np.corrcoef(found[:, 1], codes[:, 1])[0, 1] > 0.99


@pytest.mark.parametrize("prior", priors.names())
def test_samples_as_wide_as_codes_have_their_mean_and_covariance(prior):
    codes = normal(500, 2) @ np.array([[3.0, 1.0], [0.0, 0.5]]) + [4.0, -7.0]
    found = as_wide_as(priors.sample(prior, 300, 2, np.random.default_rng(1)), codes, prior)
    np.testing.assert_allclose(found.mean(0), codes.mean(0), atol=1e-5)
    np.testing.assert_allclose(np.cov(found.T, ddof=0), np.cov(codes.T, ddof=0), rtol=1e-4)
