"""Tests of the core, the dashboard and the layers between them."""
