"""Tests of `aecore.denoising`."""
