"""Sessions that are open but not in memory: they come back from the read model when something happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from libs.records.sessions import KeyedRecord


@dataclass(slots=True, eq=False)
class AwaySession:
    """A session that is to be taken from a read model that has all records before `passed`.

    `key` is that of the record by which it is known, `records` of it came since. `due` is
    when its time comes; `is_fresh` says that nobody can have begun its tasks.
    """

    tenant_id: str
    key: str
    passed: int
    due: int | None = None
    is_fresh: bool = False
    is_wanted: bool = False
    records: list[tuple[int, KeyedRecord]] = field(default_factory=list)

    def is_of(self, key: str) -> bool:
        """Return whether records of the session were read that lie under a key: one that has another start may be
        another partition's.
        """
        return key == self.key or any(key == entry.key for _, entry in self.records)
