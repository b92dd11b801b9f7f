"""The record of a numbered pending record: its headers are those of its envelope, field by field."""

from __future__ import annotations

import pytest

from libs.contracts.envelope import Envelope, encode_headers
from libs.contracts.interactions import RECORDED, Interaction, decode_interaction_record
from services.gateway.model import PendingRecord, to_record
from tests.support.gateway.drafts import make_draft


@pytest.mark.parametrize("changes", [{}, {"user_id": "Zoë", "traceparent": "00-a-b-01", "interaction_timestamp": "T"}])
def test_the_headers_are_those_of_the_envelope(changes: dict[str, str]) -> None:
    draft = make_draft(uow_id="注文")
    for name, value in changes.items():
        setattr(draft if name == "traceparent" else draft.interaction, name, value)
    pending = PendingRecord("default", draft)
    pending.take(42, 1_700_000_000_123)

    record = to_record(pending)

    envelope, body = decode_interaction_record(record.value, record.headers)
    assert isinstance(body, Interaction)
    assert record.headers == encode_headers(
        Envelope(
            id=draft.interaction.interaction_id,
            source="waymark/default/interactions",
            type=RECORDED,
            time=draft.interaction.interaction_timestamp or "2023-11-14T22:13:20.123Z",
            tenant_id="default",
            subject="order-456",
            resource_type="ORDER",
            correlation_id="注文",
            actor_id=draft.interaction.user_id,
            actor_type=None if draft.interaction.user_id is None else "user",
            sequence=42,
            traceparent=draft.traceparent,
        )
    )
    assert envelope.sequence == body.interaction_number == 42
    assert body.created_date == "2023-11-14T22:13:20.123Z"
    assert (record.key, record.timestamp_ms) == ("default:注文", 1_700_000_000_123)
    assert bytes(body.interaction) == bytes(draft.interaction.interaction)
