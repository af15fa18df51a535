"""What each variant is for: at least one test of its meaning, a file for each."""
