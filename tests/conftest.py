"""Fixtures every test may ask for by name."""

from tests.support.postgres import database_url, postgres_server

__all__ = ["database_url", "postgres_server"]
