"""Browser components: a thin Python wrapper each, and its frontend."""

from pathlib import Path

FOLDER = Path(__file__).parent
LIB = FOLDER / "lib"
"""Modules that several components share."""
BASE_STYLE = FOLDER / "base.css"
"""What small components share in looks."""
