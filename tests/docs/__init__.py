"""Tests of the scripts that make the documents."""
