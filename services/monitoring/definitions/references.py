"""Critical interactions as other objects name them."""

from __future__ import annotations

from libs.httpkit.errors import Unprocessable, Violation
from libs.objects.changes import Change
from services.monitoring.definitions.model import CriticalInteraction
from services.monitoring.definitions.store import InteractionStore


async def share_named(change: Change, name: str) -> CriticalInteraction:
    """Return the critical interaction that a body names, held against its deletion. Raises Unprocessable."""
    found = await InteractionStore(change.conn, change.tenant_id).share(name)
    if found is None:
        raise _refused(f"there is no critical interaction {name[:200]!r}")
    return found


def require_same_name(name: str, wanted: str | None) -> None:
    """Raise Unprocessable when a body wants another critical interaction than that of `name`."""
    if wanted not in {None, name}:
        raise _refused(f"the critical interaction {name!r} cannot be changed")


def _refused(words: str) -> Unprocessable:
    return Unprocessable(Violation(("body", "interactionName"), words))
