"""Ways to bring the parts of the platform to figures that are known, for the time of a block."""
