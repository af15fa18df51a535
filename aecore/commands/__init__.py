"""Commands of the command line that came after `aecore.__main__`, by subject; it registers them."""
