"""Tests of `aecore.images`."""
