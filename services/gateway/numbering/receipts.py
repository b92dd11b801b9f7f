"""What a receipt means for a pending record that may be a repeat. Pure rules; no I/O.

A pending record is either *new* (takes a number), a *repeat* of one that the log has (answered with what it was
given), or one to append *again* (the identical record: same id, number and date, so that it cannot count twice), or
refused.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from libs.httpkit.errors import ApiError
from libs.httpkit.idempotency import KeyInFlight, KeyReused
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, PendingRecord, Receipt, ReceiptKey


class Verdict(enum.Enum):
    """What is to be done with a pending record."""

    NEW = "new"
    REPEAT = "repeat"
    AGAIN = "again"


class Judged(NamedTuple):
    """A group's pending records by verdict; refusals are told to their pending records when the group is settled."""

    new: list[PendingRecord]
    repeats: list[tuple[PendingRecord, Receipt]]
    again: list[tuple[PendingRecord, Receipt]]
    refused: list[tuple[PendingRecord, ApiError]]

    @classmethod
    def all_new(cls, group: Sequence[PendingRecord]) -> Self:
        """Return the verdicts on a group of which none is known by a key or an id."""
        return cls(list(group), [], [], [])


Scope = tuple[str, str, str]
"""What receipts are looked up by: tenant, kind and value, whatever the item."""


def scopes_of(group: Iterable[PendingRecord]) -> set[Scope]:
    """Return the receipts' scopes to look up before a group can be judged."""
    return {(key.tenant_id, key.kind, key.value) for pending in group for key in pending.receipts}


def judge(
    pending: PendingRecord, found: Mapping[ReceiptKey, Receipt], hashes: Mapping[Scope, bytes]
) -> Verdict | ApiError:
    """Judge one pending record. `hashes` has the body hash each key was first used with."""
    for key in pending.receipts:
        if key.kind == KEY_RECEIPT and hashes.get(key[:3], pending.body_hash) != pending.body_hash:
            return KeyReused()
    receipt = receipt_of(pending, found)
    if receipt is None:
        return Verdict.NEW
    if receipt.partition is not None:
        return Verdict.REPEAT
    return KeyInFlight() if receipt.handled else Verdict.AGAIN


def receipt_of(pending: PendingRecord, found: Mapping[ReceiptKey, Receipt]) -> Receipt | None:
    """Return the receipt a pending record is a repeat of: its key's, else its id's."""
    return next((found[key] for key in pending.receipts if key in found), None)


def judge_group(group: Sequence[PendingRecord], receipts: Sequence[Receipt]) -> Judged:
    """Return every pending record of a group under its verdict.

    One with the client-given id of an earlier one in the group becomes that one's follower and is in no list;
    one with the Idempotency-Key of an earlier one is refused as in flight.
    """
    found = {receipt.key: receipt for receipt in receipts}
    hashes = {r.key[:3]: r.body_hash for r in receipts if r.key.kind == KEY_RECEIPT and r.body_hash is not None}
    judged = Judged([], [], [], [])
    leaders: dict[ReceiptKey, PendingRecord] = {}
    for pending in group:
        if _follow(pending, leaders):
            continue
        taken = any(key in leaders for key in pending.receipts)
        verdict = KeyInFlight() if taken else judge(pending, found, hashes)
        receipt = receipt_of(pending, found)
        if isinstance(verdict, ApiError):
            judged.refused.append((pending, verdict))
            continue
        if verdict is Verdict.NEW or receipt is None:
            judged.new.append(pending)
        else:
            (judged.repeats if verdict is Verdict.REPEAT else judged.again).append((pending, receipt))
        leaders |= dict.fromkeys(pending.receipts, pending)
    return judged


def _follow(pending: PendingRecord, leaders: Mapping[ReceiptKey, PendingRecord]) -> bool:
    leader = next((leaders[key] for key in pending.receipts if key.kind == ID_RECEIPT and key in leaders), None)
    if leader is None:
        return False
    leader.followers += (pending,)
    return True
