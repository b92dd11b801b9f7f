"""The command line, the single-machine composition and the importers; the only package that imports services."""
