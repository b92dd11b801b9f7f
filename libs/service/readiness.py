"""Checks of `/readyz` that a service passes once: later failures are the business of its figures."""

from __future__ import annotations

from libs.httpkit.health import Check
from libs.objects.outbox import Relay
from libs.pg.errors import DatabaseUnavailable


def once_ready(check: Check) -> Check:
    """Make a check that fails until `check` passes, and from then on only while the database is unavailable."""
    was_ready = False

    async def latched() -> str | None:
        nonlocal was_ready
        try:
            reason = await check()
        except DatabaseUnavailable as error:
            return str(error)
        was_ready = was_ready or reason is None
        return None if was_ready else reason

    return latched


def outbox_drained(relay: Relay) -> Check:
    """Make a check that fails while records wait to be published."""

    async def drained() -> str | None:
        waiting, _ = await relay.figures()
        return f"{waiting} records wait to be published" if waiting else None

    return drained
