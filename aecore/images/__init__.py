"""Images from anywhere: read safely, and prepared as a data set's own were."""
