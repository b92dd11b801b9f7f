"""Consumers of the log: read models with their generations and rebuilds, reactors, and what operators do with both."""
