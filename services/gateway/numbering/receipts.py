"""Verdicts on pending records that may be repeats, by their receipts. Pure rules; no I/O.

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
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, NumberReceipt, PendingRecord, ReceiptKey


class Verdict(enum.Enum):
    """The treatment of a pending record."""

    NEW = "new"
    REPEAT = "repeat"
    AGAIN = "again"


class JudgedGroup(NamedTuple):
    """A group's pending records by verdict; refused ones get their outcome when the group is settled."""

    new: list[PendingRecord]
    repeats: list[tuple[PendingRecord, NumberReceipt]]
    again: list[tuple[PendingRecord, NumberReceipt]]
    refused: list[tuple[PendingRecord, ApiError]]

    @classmethod
    def all_new(cls, group: Sequence[PendingRecord]) -> Self:
        """Return the verdicts on a group of which none is known by a key or an id."""
        return cls(list(group), [], [], [])


ReceiptScope = tuple[str, str, str]
"""The key by which receipts are looked up: tenant, kind and value, whatever the item."""


def scopes_of(group: Iterable[PendingRecord]) -> set[ReceiptScope]:
    """Return the receipts' scopes to look up before a group can be judged."""
    return {(key.tenant_id, key.kind, key.value) for pending in group for key in pending.receipts}


def judge(
    pending: PendingRecord, receipts_by_key: Mapping[ReceiptKey, NumberReceipt], hashes: Mapping[ReceiptScope, bytes]
) -> Verdict | ApiError:
    """Judge one pending record. `hashes` has the body hash each key was first used with."""
    for key in pending.receipts:
        if key.kind == KEY_RECEIPT and hashes.get(key[:3], pending.body_hash) != pending.body_hash:
            return KeyReused()
    receipt = receipt_of(pending, receipts_by_key)
    if receipt is None:
        return Verdict.NEW
    if receipt.partition is not None:
        return Verdict.REPEAT
    return KeyInFlight() if receipt.handled else Verdict.AGAIN


def receipt_of(pending: PendingRecord, receipts_by_key: Mapping[ReceiptKey, NumberReceipt]) -> NumberReceipt | None:
    """Return the receipt a pending record is a repeat of: its key's, else its id's."""
    return next((receipts_by_key[key] for key in pending.receipts if key in receipts_by_key), None)


def judge_group(group: Sequence[PendingRecord], receipts: Sequence[NumberReceipt]) -> JudgedGroup:
    """Return every pending record of a group under its verdict.

    One with the client-given id of an earlier one in the group becomes that one's follower and is in no list;
    one with the Idempotency-Key of an earlier one is refused as in flight.
    """
    receipts_by_key = {receipt.key: receipt for receipt in receipts}
    hashes = {r.key[:3]: r.body_hash for r in receipts if r.key.kind == KEY_RECEIPT and r.body_hash is not None}
    judged = JudgedGroup([], [], [], [])
    leaders: dict[ReceiptKey, PendingRecord] = {}
    for pending in group:
        if _follow(pending, leaders):
            continue
        taken = any(key in leaders for key in pending.receipts)
        verdict = KeyInFlight() if taken else judge(pending, receipts_by_key, hashes)
        receipt = receipt_of(pending, receipts_by_key)
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
