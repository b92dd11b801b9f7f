"""Webhooks: endpoints of a tenant that are told of its alerts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from libs.outbound.urls import read_url

MAX_WEBHOOKS: Final = 50
"""Webhooks of a tenant."""
MAX_WEBHOOK_IDS: Final = 10
"""Webhooks that one other object names."""
MAX_URL_CHARS: Final = 2_000
MAX_DESCRIPTION_CHARS: Final = 2_000
MAX_WAITING_TESTS: Final = 10
"""Tests of a webhook that may wait to be delivered."""
ROTATION: Final = timedelta(hours=24)
"""How long a secret goes on signing after another took its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook as it is stored; both secrets are encrypted, `previous_secret` is that before the last rotation."""

    tenant_id: str
    id: uuid.UUID
    version: int
    url: str
    description: str | None
    enabled: bool
    secret: bytes
    previous_secret: bytes | None = None
    rotated_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def signing(self, now: datetime) -> tuple[bytes, ...]:
        """Return the secrets, still encrypted, that sign at `now`: the newest first."""
        if self.previous_secret is None or self.rotated_at is None or now >= self.rotated_at + ROTATION:
            return (self.secret,)
        return self.secret, self.previous_secret


def without_path(url: str) -> str:
    """Return the URL for those who may not know what its path and query may hold, a secret: `…` stands for both."""
    read = read_url(url)
    return read.origin if read.target == "/" else f"{read.origin}/…"
