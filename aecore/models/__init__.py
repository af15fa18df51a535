"""Autoencoders: their blocks, losses and variants, and what a finished one computes."""
