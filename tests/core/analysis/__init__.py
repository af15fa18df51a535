"""Tests of `aecore.analysis`."""
