"""Images from anywhere: read safely, prepared as a data set's own were, and corrupted on purpose."""
