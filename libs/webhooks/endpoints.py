"""Endpoints as a service that has them gives them to the sender."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from libs.pg.database import Connection

DISABLED: Final = "endpoint disabled"
"""The error of a delivery that ends because its endpoint takes no messages."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages are sent, and the secrets that sign them, the newest first."""

    url: str = field(repr=False)
    is_enabled: bool
    secrets: Sequence[str] = field(repr=False)


class Endpoints(Protocol):
    """The endpoints of all tenants."""

    async def find(self, conn: Connection, tenant_id: str, endpoint_id: uuid.UUID) -> Endpoint | None:
        """Return the endpoint as it is now; None when it is gone."""
        ...

    async def disable(self, tenant_id: str, endpoint_id: uuid.UUID) -> None:
        """Disable an endpoint that wants no more messages, in a transaction of its own."""
        ...
