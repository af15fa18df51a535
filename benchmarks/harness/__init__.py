"""Harness: the dashboard served, and a headless browser on it, for benchmarks, pictures and browser tests."""
