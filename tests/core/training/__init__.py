"""Tests of `aecore.training`."""
