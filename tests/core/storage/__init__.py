"""Tests of `aecore.storage`."""
