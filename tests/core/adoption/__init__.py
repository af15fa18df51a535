"""Decoders described: layers, tensors, shapes."""
