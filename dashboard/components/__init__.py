"""Browser components: a thin Python wrapper each, and its frontend."""

from pathlib import Path

BASE_STYLE = Path(__file__).parent / "base.css"
"""What small components share in looks."""
