"""Tests of `aecore.metrics`."""
