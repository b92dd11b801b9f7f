"""Installations in the test's process, shared by the tests of a module."""

from tests.support.installation import installation, postgres_installation

__all__ = ["installation", "postgres_installation"]
