"""Workflows for tests: definitions, records of sessions, surroundings of what runs them."""
