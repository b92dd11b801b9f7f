"""Items are judged one by one; only a name that nobody knows makes the catalog be looked up again."""

from __future__ import annotations

import pytest

from libs.eventlog.errors import LogUnavailable
from libs.httpkit.errors import ApiError, Unavailable, Unprocessable, Violation
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.recording.judging import PIECE, PIECE_BYTES, UnknownName, catching_up, judge_items, judge_one
from tests.support.turns import counted_turns


class Catalog:
    """Knows `old`, and `new` once it has caught up."""

    def __init__(self) -> None:
        self.names = {b"old"}
        self.caught_up = 0

    async def catch_up(self) -> None:
        self.caught_up += 1
        self.names.add(b"new")

    def judge(self, text: bytes, *, is_plain: bool = False) -> str:
        if text.startswith(b"bad"):
            raise Unprocessable(Violation(("body",), "bad"))
        if text not in self.names:
            raise UnknownName(Violation(("body",), "unknown"))
        return text.decode()


def refused() -> float:
    return float(GATEWAY_RECORDS_REFUSED.labels(UnknownName.code)._value.get())


async def test_a_bad_item_costs_no_other() -> None:
    catalog = Catalog()
    first, second, third = await judge_items([b"old", b"bad", b"old"], catalog.judge, catalog.catch_up)
    assert (first, third) == ("old", "old")
    assert isinstance(second, Unprocessable)
    assert catalog.caught_up == 0


async def test_names_nobody_knows_are_looked_up_once_for_all() -> None:
    catalog = Catalog()
    before = refused()
    judged = await judge_items([b"new", b"none", b"old", b"new"], catalog.judge, catalog.catch_up)
    assert [one if isinstance(one, str) else type(one) for one in judged] == ["new", UnknownName, "old", "new"]
    assert catalog.caught_up == 1
    assert refused() == before + 1, "an item that was taken in the end counts as refused"


async def test_one_is_judged_again_only_for_a_name() -> None:
    catalog = Catalog()
    assert await judge_one(lambda: catalog.judge(b"old"), catalog.catch_up) == "old"
    with pytest.raises(Unprocessable):
        await judge_one(lambda: catalog.judge(b"bad"), catalog.catch_up)
    assert catalog.caught_up == 0
    assert await judge_one(lambda: catalog.judge(b"new"), catalog.catch_up) == "new"
    with pytest.raises(UnknownName):
        await judge_one(lambda: catalog.judge(b"none"), catalog.catch_up)


async def test_others_get_their_turn_between_pieces() -> None:
    async with counted_turns() as turns:
        await judge_items([b"old"] * (3 * PIECE), Catalog().judge, Catalog().catch_up)
    assert turns() >= 3


async def test_items_that_need_a_closer_look_are_said_not_to_be_plain() -> None:
    seen: list[bool] = []

    def judge(text: bytes, *, is_plain: bool = False) -> None:
        seen.append(is_plain)

    await judge_items([b'{"a":1}'] * PIECE + [b'{"a":"\\u0000"}'], judge, Catalog().catch_up)
    assert seen == [True] * PIECE + [False]


async def test_a_catalog_that_cannot_be_looked_up_is_503() -> None:
    async def away() -> None:
        raise LogUnavailable("away")

    catalog = Catalog()
    with pytest.raises(Unavailable) as caught:
        await judge_items([b"none"], catalog.judge, catching_up(away))
    assert caught.value.headers["Retry-After"]
    assert isinstance(caught.value, ApiError)


async def test_large_items_leave_the_turn_to_others_too() -> None:
    catalog = Catalog()
    async with counted_turns() as turns:
        await judge_items([b"bad" + b"x" * PIECE_BYTES] * 10, catalog.judge, catalog.catch_up)

    assert turns() >= 10


async def test_a_refused_item_keeps_nothing_of_what_it_was_parsed_into() -> None:
    catalog = Catalog()
    (refused,) = await judge_items([b"bad"], catalog.judge, catalog.catch_up)
    assert isinstance(refused, ApiError)
    assert refused.__traceback__ is None
