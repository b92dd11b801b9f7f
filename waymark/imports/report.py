"""The result of an import: how many items were recorded, were there already, and were rejected, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from waymark.client.delivery import BatchResult
from waymark.client.errors import ServerAnswered
from waymark.imports.items import INTERACTIONS, ImportItem

_KEPT_REJECTIONS = 100


@dataclass(slots=True)
class ImportReport:
    """An import's counts so far; `repeated` of the `accepted` items were there already.

    Of one batch it has the `rejected_items` too.
    """

    read: int = 0
    accepted: int = 0
    repeated: int = 0
    rejected: int = 0
    rejections: list[tuple[str, str]] = field(default_factory=list)
    first_id: str | None = None
    records: str = INTERACTIONS.records
    rejected_items: list[ImportItem] = field(default_factory=list)

    @property
    def recorded(self) -> int:
        """The number of new records, as far as the server tells."""
        return self.accepted - self.repeated

    def __str__(self) -> str:
        repeated = f", {self.repeated:,} were there already" if self.repeated else ""
        recorded = f"{self.recorded:,} of {self.read:,} {self.records} recorded"
        return f"{recorded}{repeated}, {self.rejected:,} rejected"

    def reject(self, item: ImportItem, reason: str) -> None:
        """Count an item that this import does not send again; the first hundred are kept with their reasons."""
        self.rejected += 1
        self.rejected_items.append(item)
        if len(self.rejections) < _KEPT_REJECTIONS:
            self.rejections.append((item.origin, reason))

    def add_result(self, result: BatchResult[ImportItem], *, may_repeat_itself: bool) -> None:
        """Count a batch. `may_repeat_itself`: the log may have had items of it because they were sent twice."""
        self.accepted += len(result.recorded)
        self.repeated += 0 if may_repeat_itself else result.repeated
        for refused in result.refused:
            error = refused.error
            self.reject(refused.item, error.reason if isinstance(error, ServerAnswered) else str(error))
        for _, answer in result.recorded[:1]:
            self.first_id = self.first_id or answer.id or answer.interaction_id

    def add(self, later: ImportReport) -> None:
        """Count a later batch's report too."""
        self.read += later.read
        self.accepted += later.accepted
        self.repeated += later.repeated
        self.rejected += later.rejected
        self.rejections += later.rejections[: _KEPT_REJECTIONS - len(self.rejections)]
        self.first_id = self.first_id or later.first_id
