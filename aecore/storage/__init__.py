"""Runs on disk: written whole or not at all, verified when read, and exchanged as one file."""
