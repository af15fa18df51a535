"""Tests of `aecore.maintenance`."""
