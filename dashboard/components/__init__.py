"""Browser components: a thin Python wrapper each, and its frontend."""
