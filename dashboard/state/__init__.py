"""What is chosen: the only place that names session keys and parameters of an address."""
