"""The core package: its parts against oracles, and contracts over everything found."""
