"""Tests of `aecore.latent`."""
