"""When accounts is ready: what the first start made is in the log, so that every service can know it."""

from __future__ import annotations

from libs.httpkit.health import Check
from libs.objects.outbox import Relay
from libs.pg.errors import DatabaseUnavailable


def outbox_drained(relay: Relay) -> Check:
    """The check that the outbox was empty once since the start; what waits later is the lag figures' business."""
    was_drained = False

    async def check() -> str | None:
        nonlocal was_drained
        try:
            waiting, _ = await relay.figures()
        except DatabaseUnavailable as error:
            return str(error)
        was_drained = was_drained or waiting == 0
        return None if was_drained else f"{waiting} records wait to be published"

    return check
