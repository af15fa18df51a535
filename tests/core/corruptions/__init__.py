"""Tests of `aecore.corruptions`."""
