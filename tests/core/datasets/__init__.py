"""Tests of `aecore.datasets`."""
