"""Tests of `aecore.evaluation`."""
