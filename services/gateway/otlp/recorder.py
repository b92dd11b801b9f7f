"""Records what a request of OTLP holds, over whichever transport it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from uuid_utils.compat import uuid7

from libs.contracts.times import current_ms, format_ms
from libs.contracts.topics import EVENTS
from libs.telemetry.metrics import GATEWAY_RECORDS_APPENDED, GATEWAY_RECORDS_REFUSED
from services.gateway.otlp.appending import Append
from services.gateway.otlp.exporting import export
from services.gateway.otlp.model import EventTools
from services.gateway.otlp.pieces import Encoding
from services.gateway.otlp.signals import Signal
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.event_schemas import FindSchema

REFUSED_CODE = "otlp_rejected"


@dataclass(frozen=True, slots=True)
class OtlpRecorder:
    """The parts that recording works with, from the lifespan."""

    append: Append
    positions: WritePositions
    find_schema: FindSchema

    async def record(
        self, signal: Signal[Any], encoding: Encoding, body: bytes, tenant_id: str
    ) -> tuple[Message, bytes | None]:
        """Record a request's records; returns the response, and the value of `Waymark-Position`. Raises as `export`."""
        tools = EventTools(format_ms(current_ms()), uuid7, self.find_schema)
        outcome = await export(signal, encoding, body, tenant_id, self.append, tools)
        GATEWAY_RECORDS_APPENDED.labels(EVENTS.name).inc(outcome.appended)
        GATEWAY_RECORDS_REFUSED.labels(REFUSED_CODE).inc(outcome.rejected)
        return signal.answer(outcome.rejected, outcome.message), self.positions.of(outcome.reached)
