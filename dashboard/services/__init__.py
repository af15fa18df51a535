"""What pages are served from: cached reads, the one door to torch, work in the background, limits."""
