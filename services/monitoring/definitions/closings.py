"""Tells every partition of the steps that a definition ended, in the transaction that ends it."""

from __future__ import annotations

from dataclasses import dataclass

from libs.contracts.monitoring_steps import DELETED, STOPPED, Closing, ClosingCause, encode_closing
from libs.contracts.times import to_ms
from libs.contracts.topics import MONITORING_STEPS
from libs.eventlog.port import Record
from libs.eventlog.ticks import partition_keys
from libs.objects.changes import Change
from services.monitoring.definitions.kinds import CRITICAL_INTERACTIONS
from services.monitoring.definitions.model import CriticalInteraction


@dataclass(frozen=True, slots=True)
class Closings:
    """Publishes closings to as many `partitions` as the steps have, each to take effect `watermark_ms` later."""

    partitions: int
    watermark_ms: int

    async def publish(self, change: Change, one: CriticalInteraction) -> None:
        """Add the closings of a definition that was stopped or deleted, at its latest change, to the outbox.

        They come before the definition's reference record if that is published after this call.
        """
        at_ms = to_ms(one.updated_at)
        cause: ClosingCause = STOPPED if one.deleted_at is None else DELETED
        closing = Closing(
            definition_id=one.id, version=one.version, at=at_ms, cause=cause, watermark_ms=self.watermark_ms
        )
        records = [
            Record(MONITORING_STEPS.name, *encode_closing(one.tenant_id, key, closing), timestamp_ms=at_ms)
            for key in partition_keys(f"{one.tenant_id}:closing-", self.partitions)
        ]
        await change.add(CRITICAL_INTERACTIONS, one, records)
