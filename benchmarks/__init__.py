"""Where the numbers of docs/speed.md and the bars come from; nothing here is asserted in a test."""
