"""Makes queries ready to start; it has no tables but its read models'."""

from __future__ import annotations

from libs.service.setup import setup_service
from services.queries.interactions.model import SERVICE


async def setup(database_url: str) -> None:
    """As `setup_service`."""
    await setup_service(database_url, SERVICE, migrations=None, projections=True)
