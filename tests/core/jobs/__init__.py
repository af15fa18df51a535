"""Tests of `aecore.jobs`."""
