"""Tests of `aecore.models`."""
