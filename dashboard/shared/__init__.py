"""What several pages show: the run picker, an image of one's own, read-outs, downloads, the replay."""
