"""Drafts of interactions into the log: judged, queued for a number, each answered with its outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial
from typing import NamedTuple, Self

from libs.httpkit.errors import ApiError
from libs.httpkit.idempotency import hash_request
from libs.httpkit.request_headers import RequestHeaders
from services.gateway.interactions.validation import InteractionValidator
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, InteractionDraft, PendingRecord, ReceiptKey, RecordOutcome
from services.gateway.numbering.group_commit import GroupCommit
from services.gateway.recording.judging import CatchUp, judge_items, judge_one
from services.gateway.recording.keys_in_flight import KeysInFlight
from services.gateway.recording.positions import WritePositions
from services.gateway.wire.arrays import Text


class Sent(NamedTuple):
    """A request as committing needs it beside its drafts; `body_hash` tells repeats of its Idempotency-Key apart."""

    byte_count: int
    key: str | None
    body_hash: bytes | None

    @classmethod
    def of(cls, body: bytes, path: str, headers: RequestHeaders) -> Self:
        """Return it of a request with this body, which need not be kept for it."""
        key = headers.idempotency_key
        body_hash = None if key is None else hash_request("POST", path, body, headers.recorded())
        return cls(len(body), key, body_hash)


class Recorder:
    """One per process. `catch_up` brings the catalog's replica to its end, or raises 503."""

    def __init__(
        self, validator: InteractionValidator, group_commit: GroupCommit, catch_up: CatchUp, positions: WritePositions
    ) -> None:
        self.positions = positions
        self._validator = validator
        self._group_commit = group_commit
        self._catch_up = catch_up
        self._keys = KeysInFlight()

    def draft(self, tenant_id: str, body: bytes, headers: RequestHeaders) -> Awaitable[InteractionDraft]:
        """Make the draft of a single POST; raises why it is refused."""
        return judge_one(partial(self._validator.single, tenant_id, body, headers), self._catch_up)

    def drafts(
        self, tenant_id: str, texts: Sequence[Text], headers: RequestHeaders
    ) -> Awaitable[list[InteractionDraft | ApiError]]:
        """Make the draft of each item of a batch, or say why it is refused."""
        return judge_items(texts, partial(self._validator.item, tenant_id, headers), self._catch_up)

    async def record(self, tenant_id: str, drafts: Sequence[InteractionDraft], sent: Sent) -> list[RecordOutcome]:
        """Commit the drafts of a request and return the outcome of each.

        Raises 409 for a key in flight, 503 when there is no room.
        """
        key = sent.key
        if key is None:
            group = [PendingRecord(tenant_id, draft, _id_receipt(tenant_id, draft)) for draft in drafts]
            return await self._commit(group, sent.byte_count)
        with self._keys.hold(tenant_id, key):
            group = [
                PendingRecord(tenant_id, draft, _key_receipts(tenant_id, key, item, draft), sent.body_hash)
                for item, draft in enumerate(drafts)
            ]
            return await self._commit(group, sent.byte_count)

    async def _commit(self, group: list[PendingRecord], byte_count: int) -> list[RecordOutcome]:
        await self._group_commit.submit(group, byte_count)
        return [pending.outcome for pending in group if pending.outcome is not None]


def _id_receipt(tenant_id: str, draft: InteractionDraft) -> tuple[ReceiptKey, ...]:
    return (ReceiptKey(tenant_id, ID_RECEIPT, draft.interaction.interaction_id),) if draft.client_given else ()


def _key_receipts(tenant_id: str, key: str, item: int, draft: InteractionDraft) -> tuple[ReceiptKey, ...]:
    return (ReceiptKey(tenant_id, KEY_RECEIPT, key, item), *_id_receipt(tenant_id, draft))
