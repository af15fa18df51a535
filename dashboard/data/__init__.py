"""Sections of the Data page, one per file."""
