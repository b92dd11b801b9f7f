"""From a record to the steps that it is, by the versions that judge it."""

from __future__ import annotations

from collections.abc import Iterator

from libs.contracts.monitoring_steps import Step
from services.monitoring.gate.gate_index import GateIndex, hits
from services.monitoring.gate.records import NamedRecord, decode_source


def steps_of(index: GateIndex, event: NamedRecord, watermark_ms: int) -> Iterator[tuple[str, Step]]:
    """Yield match keys, and what the record is to the matches under each. Raises InvalidRecord."""
    tests = index.find(event.tenant_id, event.type, event.action)
    if not tests:
        return
    source = decode_source(event)
    for match_key, its in hits(tests, source.properties, event.record.timestamp_ms).items():
        yield match_key, source.step(its, watermark_ms)
