"""Where the README's numbers come from; nothing here is asserted in a test."""
