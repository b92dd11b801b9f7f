"""What a receipt means for a repeat: the whole table."""

from __future__ import annotations

import pytest

from libs.httpkit.errors import ApiError
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, NumberReceipt, PendingRecord, ReceiptKey
from services.gateway.numbering.receipts import Verdict, judge_group
from tests.support.gateway.drafts import make_pending

ID = "00000000-0000-0000-0000-0000000000aa"


def receipt(
    kind: str = KEY_RECEIPT,
    value: str = "k",
    *,
    item: int = 0,
    body_hash: bytes | None = b"body",
    handled: bool = False,
    partition: int | None = None,
) -> NumberReceipt:
    return NumberReceipt(
        key=ReceiptKey("default", kind, value, item),
        body_hash=body_hash,
        interaction_id=ID,
        number=7,
        uow_id="first-uow",
        created_ms=1,
        handled=handled,
        partition=partition,
        next_offset=None if partition is None else 10,
    )


def verdict_of(pending: PendingRecord, *receipts: NumberReceipt) -> Verdict | ApiError:
    judged = judge_group([pending], receipts)
    if judged.refused:
        return judged.refused[0][1]
    if judged.repeats:
        return Verdict.REPEAT
    return Verdict.AGAIN if judged.again else Verdict.NEW


@pytest.mark.parametrize(
    ("receipts", "verdict"),
    [
        ((), Verdict.NEW),
        ((receipt(value="another"),), Verdict.NEW),
        ((receipt(partition=0),), Verdict.REPEAT),
        ((receipt(),), Verdict.AGAIN),
        ((receipt(handled=True),), 409),
        ((receipt(handled=True, partition=0),), Verdict.REPEAT),
        ((receipt(body_hash=b"other", partition=0),), 422),
        ((receipt(body_hash=b"other", handled=True),), 422),
        ((receipt(item=5, body_hash=b"other", partition=0),), 422),
        ((receipt(item=5, partition=0),), Verdict.NEW),
    ],
)
def test_a_record_with_a_key_is_judged_by_the_keys_receipts(
    receipts: tuple[NumberReceipt, ...], verdict: Verdict | int
) -> None:
    found = verdict_of(make_pending(key="k"), *receipts)

    assert (found.status if isinstance(found, ApiError) else found) == verdict


@pytest.mark.parametrize(
    ("receipts", "verdict"),
    [
        ((), Verdict.NEW),
        ((receipt(ID_RECEIPT, ID, body_hash=None, partition=0),), Verdict.REPEAT),
        ((receipt(ID_RECEIPT, ID, body_hash=b"other", partition=0),), Verdict.REPEAT),
        ((receipt(ID_RECEIPT, ID, body_hash=None),), Verdict.AGAIN),
        ((receipt(ID_RECEIPT, ID, body_hash=None, handled=True),), 409),
    ],
)
def test_bodies_are_not_compared_for_client_given_ids(
    receipts: tuple[NumberReceipt, ...], verdict: Verdict | int
) -> None:
    found = verdict_of(make_pending(interaction_id=ID), *receipts)

    assert (found.status if isinstance(found, ApiError) else found) == verdict


def test_the_key_goes_before_the_id() -> None:
    pending = make_pending(key="k", interaction_id=ID)

    judged = judge_group([pending], [receipt(partition=0), receipt(ID_RECEIPT, ID, body_hash=None)])

    assert [found.key.kind for _, found in judged.repeats] == [KEY_RECEIPT]


def test_the_same_id_twice_in_a_group_takes_one_number() -> None:
    first, second = make_pending(interaction_id=ID), make_pending(interaction_id=ID)

    judged = judge_group([first, second], [])

    assert judged.new == [first]
    assert first.followers == (second,)


def test_the_same_key_twice_in_a_group_is_in_flight_for_the_second() -> None:
    first, second = make_pending(key="k"), make_pending(key="k")

    judged = judge_group([first, second], [])

    assert judged.new == [first]
    assert [(pending, error.status) for pending, error in judged.refused] == [(second, 409)]


def test_taking_over_a_receipt_makes_it_the_same_record() -> None:
    pending = make_pending(key="k")

    pending.take_over(receipt())

    assert (pending.number, pending.created_ms) == (7, 1)
    assert (pending.draft.interaction.interaction_id, pending.draft.interaction.uow_id) == (ID, "first-uow")
