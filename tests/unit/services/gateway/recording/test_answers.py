"""For several items there is one status each, and one for them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson
import pytest

from libs.eventlog.port import Appended
from libs.httpkit.dialects import problem
from libs.httpkit.errors import ApiError, Conflict, Unprocessable, Violation, unavailable
from services.gateway.recording.answers import ItemAnswers
from services.gateway.recording.positions import WritePositions

POSITIONS = WritePositions("log-1")
BAD = Unprocessable(Violation(("body", "x"), "is bad"))
AWAY = unavailable("away")


class Kept(NamedTuple):
    """Something that was accepted."""

    name: str
    at: Appended


ANSWERS: ItemAnswers[Kept] = ItemAnswers(
    status=202,
    dialect=problem,
    accepted=lambda index, kept: b'{"index":%d,"name":"%b"}' % (index, kept.name.encode()),
    refused=b'{"index":%d,"status":%d,"error":%b}',
    count=lambda accepted: {"long": sum(len(kept.name) > 1 for kept in accepted)},
)
ONE, OTHER = Kept("a", Appended("t", 0, 3)), Kept("bc", Appended("t", 0, 4))


async def test_each_item_has_its_own_answer() -> None:
    status, body, position, *_ = await ANSWERS.answer([ONE, BAD, OTHER], POSITIONS)
    assert status == 202
    assert position == POSITIONS.after_one(OTHER.at)
    assert list(orjson.loads(body)) == ["accepted", "long", "rejected", "items"]
    assert orjson.loads(body) == {
        "accepted": 2,
        "long": 1,
        "rejected": 1,
        "items": [
            {"index": 0, "name": "a"},
            {"index": 1, "status": 422, "error": orjson.loads(problem(BAD).body)},
            {"index": 2, "name": "bc"},
        ],
    }


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [([BAD, ONE, AWAY], 202), ([BAD, AWAY], 503), ([BAD, BAD], 422), ([Conflict("no"), BAD], 422)],
)
async def test_the_whole_is_refused_only_when_every_item_is(outcomes: Sequence[Kept | ApiError], expected: int) -> None:
    status, _, position, *_ = await ANSWERS.answer(outcomes, POSITIONS)
    assert status == expected
    assert (position is None) == (expected != 202)


async def test_nothing_at_all_is_no_failure() -> None:
    status, body, position, *_ = await ANSWERS.answer([], POSITIONS)
    assert (status, position) == (202, None)
    assert orjson.loads(body) == {"accepted": 0, "long": 0, "rejected": 0, "items": []}


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [([AWAY, unavailable("full", 7), BAD], b"7"), ([AWAY], b"1"), ([AWAY, ONE], None), ([BAD], None), ([], None)],
)
async def test_a_refusal_for_now_says_when_to_try_again(
    outcomes: Sequence[Kept | ApiError], expected: bytes | None
) -> None:
    assert (await ANSWERS.answer(outcomes, POSITIONS)).retry_after == expected
