"""Tests of the benchmarks: what they measure, and that their tables are those of the README."""
