"""What a receipt means for a posting that may be a repeat. Pure rules; no I/O.

A posting is either *new* (takes a number), a *repeat* of one that the log has (answered with what it was given), or
one to append *again* (the identical record: same id, number and date, so that it cannot count twice), or refused.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from libs.httpkit.errors import ApiError
from libs.httpkit.idempotency import in_flight, other_body
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, Posting, Receipt, ReceiptKey


class Verdict(enum.Enum):
    """What is to be done with a posting."""

    NEW = "new"
    REPEAT = "repeat"
    AGAIN = "again"


class Judged(NamedTuple):
    """A group's postings by verdict; refusals are told to their postings when the group is settled."""

    new: list[Posting]
    repeats: list[tuple[Posting, Receipt]]
    again: list[tuple[Posting, Receipt]]
    refused: list[tuple[Posting, ApiError]]


Scope = tuple[str, str, str]
"""What receipts are looked up by: tenant, kind and value, whatever the item."""


def scopes_of(postings: Iterable[Posting]) -> set[Scope]:
    """What has to be looked up before a group can be judged."""
    return {(key.tenant_id, key.kind, key.value) for posting in postings for key in posting.receipts}


def judge(posting: Posting, found: Mapping[ReceiptKey, Receipt], hashes: Mapping[Scope, bytes]) -> Verdict | ApiError:
    """The verdict for one posting, or why it is refused. `hashes` has the body hash each key was first used with."""
    for key in posting.receipts:
        if key.kind == KEY_RECEIPT and hashes.get(key[:3], posting.body_hash) != posting.body_hash:
            return other_body()
    receipt = receipt_of(posting, found)
    if receipt is None:
        return Verdict.NEW
    if receipt.partition is not None:
        return Verdict.REPEAT
    return in_flight() if receipt.handled else Verdict.AGAIN


def receipt_of(posting: Posting, found: Mapping[ReceiptKey, Receipt]) -> Receipt | None:
    """The receipt a posting is a repeat of: its key's, else its id's."""
    return next((found[key] for key in posting.receipts if key in found), None)


def judge_group(postings: Sequence[Posting], receipts: Sequence[Receipt]) -> Judged:
    """Every posting of a group under its verdict.

    A posting with the client-given id of an earlier one in the group becomes that one's follower and is in no list;
    one with the Idempotency-Key of an earlier one is refused as in flight.
    """
    found = {receipt.key: receipt for receipt in receipts}
    hashes = {r.key[:3]: r.body_hash for r in receipts if r.key.kind == KEY_RECEIPT and r.body_hash is not None}
    judged = Judged([], [], [], [])
    leaders: dict[ReceiptKey, Posting] = {}
    for posting in postings:
        if _follow(posting, leaders):
            continue
        taken = any(key in leaders for key in posting.receipts)
        verdict = in_flight() if taken else judge(posting, found, hashes)
        receipt = receipt_of(posting, found)
        if isinstance(verdict, ApiError):
            judged.refused.append((posting, verdict))
            continue
        if verdict is Verdict.NEW or receipt is None:
            judged.new.append(posting)
        else:
            (judged.repeats if verdict is Verdict.REPEAT else judged.again).append((posting, receipt))
        leaders |= dict.fromkeys(posting.receipts, posting)
    return judged


def _follow(posting: Posting, leaders: Mapping[ReceiptKey, Posting]) -> bool:
    leader = next((leaders[key] for key in posting.receipts if key.kind == ID_RECEIPT and key in leaders), None)
    if leader is None:
        return False
    leader.followers += (posting,)
    return True
