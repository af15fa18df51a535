"""A real Chromium over the real app: what no simulated page can show."""
