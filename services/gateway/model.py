"""An interaction on its way through the door: the validated draft, the record that waits for a number and for the log,
and its outcome. Pure data and the one function that turns a numbered draft into its log record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from libs.contracts.interactions import Interaction, encode_interaction
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Appended, Record
from libs.httpkit.errors import ApiError

# A group's records share their date, and groups follow each other within milliseconds.
_format_ms = lru_cache(maxsize=16)(format_ms)

KEY_RECEIPT = "key"
ID_RECEIPT = "id"


class ReceiptKey(NamedTuple):
    """The key of a repeat: `kind` is `key` (an Idempotency-Key; `item` is the index in a batch) or `id`."""

    tenant_id: str
    kind: str
    value: str
    item: int = 0


class NumberReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A number given to a record that may be sent again. Unacknowledged while `partition` is None.

    `handled` says that another gateway, alive by its lease, is still working on it.
    """

    key: ReceiptKey
    body_hash: bytes | None
    interaction_id: str
    number: int
    uow_id: str
    created_ms: int
    handled: bool = False
    partition: int | None = None
    next_offset: int | None = None


class Grant(NamedTuple):
    """A range of numbers `first..last` given to one tenant, and the `createdDate` they all carry (ms)."""

    first: int
    last: int
    created_ms: int


class InteractionDraft(msgspec.Struct, gc=False):
    """A validated interaction without number and date; `client_given` says that its id is the client's own."""

    interaction: Interaction
    traceparent: str | None
    client_given: bool


class AcceptedInteraction(msgspec.Struct, frozen=True, gc=False):
    """An interaction in the log: its 201 body, its place, and whether an earlier request had recorded it."""

    interaction_id: str
    number: int
    body: bytes
    at: Appended
    repeated: bool = False


RecordOutcome = AcceptedInteraction | ApiError


class PendingRecord:
    """A draft on its way to the log. `receipts` are the keys of its receipts; `followers` share its outcome."""

    __slots__ = (
        "body_hash",
        "created_ms",
        "draft",
        "followers",
        "number",
        "outcome",
        "receipts",
        "submission",
        "tenant_id",
    )

    def __init__(
        self,
        tenant_id: str,
        draft: InteractionDraft,
        receipts: tuple[ReceiptKey, ...] = (),
        body_hash: bytes | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self.draft = draft
        self.receipts = receipts
        self.body_hash = body_hash
        self.number = 0
        self.created_ms = 0
        self.outcome: RecordOutcome | None = None
        self.submission: Submission | None = None
        self.followers: tuple[PendingRecord, ...] = ()

    def take(self, number: int, created_ms: int) -> None:
        """Set the record's number and date."""
        self.number = number
        self.created_ms = created_ms

    def take_over(self, receipt: NumberReceipt) -> None:
        """Become the record that the receipt was kept for."""
        self.take(receipt.number, receipt.created_ms)
        interaction = self.draft.interaction
        interaction.interaction_id = receipt.interaction_id
        interaction.uow_id = receipt.uow_id

    def resolve(self, outcome: RecordOutcome) -> None:
        """Set the outcome of this record and of its followers; the first outcome stays."""
        if self.outcome is not None:
            return
        self.outcome = outcome
        # Let go of, since the submission holds this record: the two must not keep each other, and a whole body, alive.
        submission, self.submission = self.submission, None
        if submission is not None:
            submission.settled()
        for follower in self.followers:
            follower.resolve(outcome)


class Submission:
    """The pending records of one request; once each has its outcome, sets `done` and calls `answered`."""

    __slots__ = ("_answered", "_left", "byte_count", "done", "group")

    def __init__(
        self,
        group: Sequence[PendingRecord],
        byte_count: int,
        done: asyncio.Future[None],
        answered: Callable[[int], None],
    ) -> None:
        self.group = group
        self.byte_count = byte_count
        self.done = done
        self._answered = answered
        self._left = len(group)
        for pending in group:
            pending.submission = self

    def settled(self) -> None:
        """Count one outcome."""
        self._left -= 1
        if self._left == 0:
            self._answered(len(self.group))
            if not self.done.done():
                self.done.set_result(None)


def to_record(pending: PendingRecord) -> Record:
    """Return the log record of a numbered pending record; its value is also the body of the 201 answer."""
    draft = pending.draft
    interaction = draft.interaction
    interaction.interaction_number = pending.number
    interaction.created_date = _format_ms(pending.created_ms)
    key, value, headers = encode_interaction(
        pending.tenant_id,
        interaction,
        actor_type=None if interaction.user_id is None else "user",
        traceparent=draft.traceparent,
    )
    return Record(INTERACTIONS.name, key, value, headers, pending.created_ms)
