"""Tests of `aecore.cli`."""
