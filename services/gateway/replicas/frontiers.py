"""Each tenant's number frontier as the reference topic has it: what was published last, by whichever gateway."""

from __future__ import annotations

from collections.abc import Mapping

from libs.contracts.reference import FRONTIER, Frontier, decode_data, decode_reference
from libs.eventlog.port import StoredRecord

_KEY_PREFIX = f"{FRONTIER}:"


class Frontiers:
    """The frontiers, fed record by record; none ever moves back."""

    def __init__(self) -> None:
        self._below: dict[str, int] = {}

    def apply(self, record: StoredRecord) -> None:
        """Take one record of the reference topic; other kinds are of no concern. InvalidRecord when unreadable."""
        if record.value is None or record.key is None or not record.key.startswith(_KEY_PREFIX):
            return
        reference = decode_reference(record.value)
        below = decode_data(reference, Frontier).below
        self._below[reference.tenant_id] = max(below, self.below(reference.tenant_id))

    def below(self, tenant_id: str) -> int:
        """Return the number below which all of the tenant's are acknowledged or voided."""
        return self._below.get(tenant_id, 1)

    def all(self) -> Mapping[str, int]:
        """Return the frontier of every tenant that has one."""
        return dict(self._below)
