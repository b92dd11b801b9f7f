"""Drafts and pending records for unit tests."""

from __future__ import annotations

import itertools
import uuid

import msgspec

from libs.contracts.interactions import Interaction
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, InteractionDraft, PendingRecord, ReceiptKey

_counter = itertools.count(1)


def make_draft(interaction_id: str | None = None, uow_id: str = "uow") -> InteractionDraft:
    """A draft of an order's creation."""
    interaction = Interaction(
        interaction_id=interaction_id or str(uuid.UUID(int=next(_counter))),
        interaction_number=0,
        resource_id="order-456",
        resource_type_id="t",
        action_id="a",
        origin_id="o",
        resource_type="ORDER",
        action="CREATE",
        origin="WEBAPP",
        interaction=msgspec.Raw(b'{"total": 149.99}'),
        external_reference=None,
        external_response=msgspec.Raw(b"null"),
        uow_id=uow_id,
        user_id=None,
        created_date="",
        interaction_timestamp=None,
        span_id=None,
        parent_span_id=None,
        sequence_index=None,
    )
    return InteractionDraft(interaction, None, interaction_id is not None)


def make_pending(
    *, key: str | None = None, interaction_id: str | None = None, body: bytes = b"body", tenant_id: str = "default"
) -> PendingRecord:
    """A pending record known by an Idempotency-Key, a client-given id, both or neither."""
    receipts = []
    if key is not None:
        receipts.append(ReceiptKey(tenant_id, KEY_RECEIPT, key))
    if interaction_id is not None:
        receipts.append(ReceiptKey(tenant_id, ID_RECEIPT, interaction_id))
    return PendingRecord(tenant_id, make_draft(interaction_id), tuple(receipts), None if key is None else body)
