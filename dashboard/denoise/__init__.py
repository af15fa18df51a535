"""The sections of the Denoise page, one per file."""
