"""The sections of the Generate page, one per file."""
