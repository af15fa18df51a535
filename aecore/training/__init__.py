"""The training loop, its checkpoints, and decoders distilled to a fraction of their size."""
