"""The rules that refer to a metric, which cannot be deleted while one of them is active.

A rule that is active, or made so, holds its metric's row against deletion; a deletion locks that row
before it looks for references. So whichever of them comes second sees the other.
"""

from __future__ import annotations

import uuid
from typing import Any

from libs.pg.database import Connection
from services.metrics.rules.kinds import RULE_KINDS
from services.metrics.rules.store import active_referrers


async def references_to(conn: Connection, tenant_id: str, metric_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the active rules that refer to a metric, which the caller holds, as errors show them."""
    return [
        {"kind": one.kind, "id": RULE_KINDS[one.kind].id_text(one.id), "name": one.name}
        for one in await active_referrers(conn, tenant_id, metric_id)
    ]
