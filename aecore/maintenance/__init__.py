"""The doctor: what an accident left in a folder of runs, found and repaired."""
