"""The sections of the Explore page, one per file."""
