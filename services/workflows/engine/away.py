"""Sessions that are open but not in memory: they come back from the read model when something happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.workflows.engine.entries import Entry


@dataclass(slots=True, eq=False)
class AwaySession:
    """A session that is to be taken from a read model that has all records before `passed`.

    `records` of it came since. `due` is when its time comes; `is_fresh` says that nobody can have begun its tasks.
    """

    tenant_id: str
    passed: int
    due: int | None = None
    is_fresh: bool = False
    is_wanted: bool = False
    records: list[tuple[int, Entry]] = field(default_factory=list)
