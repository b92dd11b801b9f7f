"""Which numbers the log holds of each tenant, folded from its records in any order. Pure; no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from libs.contracts.envelope import decode_headers
from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import StoredRecord

_LARGEST = 2**53
"""Larger numbers are no gateway's."""


class LoggedNumbers:
    """A tenant's numbers in the log: the highest, and the latest date (ms) of a record.

    Every number under `settled_below` is recorded or voided, wherever that lies.
    """

    __slots__ = ("_beyond", "_seen_to", "created_ms", "last", "tenant_id")

    def __init__(self, tenant_id: str, settled_below: int = 1) -> None:
        self.tenant_id = tenant_id
        self.last = self._seen_to = settled_below - 1
        self.created_ms = 0
        self._beyond: set[int] = set()

    @property
    def settled_below(self) -> int:
        """The lowest number that may be missing."""
        return self._seen_to + 1

    def add(self, number: int, created_ms: int) -> None:
        """Take in a record of the log."""
        self.last = max(self.last, number)
        self.created_ms = max(self.created_ms, created_ms)
        if number <= self._seen_to:
            return
        self._beyond.add(number)
        while self._seen_to + 1 in self._beyond:
            self._seen_to += 1
            self._beyond.remove(self._seen_to)

    def missing_after(self, given: int) -> Iterator[tuple[int, int]]:
        """Yield the runs of numbers above `given` and up to the highest that neither were seen nor are settled."""
        following = max(given, self._seen_to) + 1
        for number in sorted(self._beyond):
            if number > following:
                yield following, number - 1
            following = max(following, number + 1)


class LoggedTenants:
    """The numbers of all tenants, beginning with what is settled; `take` is handed the records of interactions."""

    def __init__(self, settled_below: Mapping[str, int]) -> None:
        self._tenants = {tenant_id: LoggedNumbers(tenant_id, below) for tenant_id, below in settled_below.items()}

    def take(self, record: StoredRecord) -> None:
        """Take in a record; one that bears no number changes nothing."""
        found = number_of(record)
        if found is None:
            return
        tenant_id, number = found
        if tenant_id not in self._tenants:
            self._tenants[tenant_id] = LoggedNumbers(tenant_id)
        self._tenants[tenant_id].add(number, record.timestamp_ms)

    def all(self) -> list[LoggedNumbers]:
        """Return every tenant's numbers, by tenant."""
        return [self._tenants[tenant_id] for tenant_id in sorted(self._tenants)]


def number_of(record: StoredRecord) -> tuple[str, int] | None:
    """Return the tenant and the number of a recorded or voided interaction; None for any other record."""
    try:
        envelope = decode_headers(record.headers)
    except InvalidRecord:
        return None
    if envelope.sequence is None or not 0 < envelope.sequence <= _LARGEST:
        return None
    return envelope.tenant_id, envelope.sequence
