"""How the budget of bodies is shared out: nobody holds so much of it that another finds no room."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from libs.httpkit.bodies import BodyBudget, read_body
from libs.httpkit.errors import MalformedBody, Unavailable

PIECE = 1_000
LIMIT = 1_000 * PIECE


def fill(stack: ExitStack, budget: BodyBudget, holder: str) -> int:
    """Take pieces for a holder, each by a request of its own, until there is no more room; return their bytes."""
    taken = 0
    while True:
        lease = stack.enter_context(budget.lease(holder))
        try:
            lease.take(PIECE)
        except Unavailable:
            return taken
        taken += PIECE


def test_one_alone_comes_to_two_thirds_and_the_next_to_two_thirds_of_the_rest() -> None:
    budget = BodyBudget(LIMIT)
    with ExitStack() as stack:
        assert fill(stack, budget, "acme") == 666 * PIECE
        assert fill(stack, budget, "other") == 222 * PIECE
    assert budget.held_bytes == 0


@given(st.lists(st.sampled_from("abcdefgh"), max_size=12))
def test_whoever_comes_next_finds_room(greedy: list[str]) -> None:
    budget = BodyBudget(LIMIT)
    with ExitStack() as stack:
        for holder in greedy:
            fill(stack, budget, holder)
        stack.enter_context(budget.lease("next")).take(100)
        assert budget.held_bytes <= LIMIT
    assert budget.held_bytes == 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, LIMIT)), max_size=20))
def test_what_is_given_back_is_free_again(takes: list[tuple[str, int]]) -> None:
    budget = BodyBudget(LIMIT)
    for holder, count in takes:
        with budget.lease(holder) as lease:
            try:
                lease.take(count)
            except Unavailable:
                assert 3 * count > 2 * LIMIT
            assert budget.held_bytes in (0, count)
            lease.release()
    assert budget.held_bytes == 0


@pytest.mark.parametrize("length", [b"", b"-1", b"1e3", b"9" * 5_000, "²".encode("latin-1")])
async def test_a_length_that_is_none_is_400(length: bytes) -> None:
    with pytest.raises(MalformedBody):
        await read_body(_never, [(b"content-length", length)], 10, BodyBudget().lease("acme"))


async def _never() -> dict[str, object]:
    await asyncio.Event().wait()
    raise ClientDisconnect
