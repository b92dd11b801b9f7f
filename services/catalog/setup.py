"""Makes the catalog ready to start."""

from __future__ import annotations

from pathlib import Path

from libs.service.setup import setup_service
from services.catalog.kinds import SERVICE

MIGRATIONS = Path(__file__).with_name("migrations")


async def setup(database_url: str) -> None:
    """As `setup_service`."""
    await setup_service(database_url, SERVICE, migrations=MIGRATIONS, projections=True)
