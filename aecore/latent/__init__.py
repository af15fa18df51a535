"""The latent space: its priors, codes drawn from it, and paths through it."""
