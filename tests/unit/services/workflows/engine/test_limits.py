"""Turns are fair: tenants alternate, none has more than half while others wait, and code holds up nothing else."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.workflows.engine.limits import Limits, Turn, Turns


def nothing() -> None:
    """Begin."""


def begun(turns: list[Turn]) -> Counter[str]:
    return Counter(turn.tenant_id for turn in turns if turn.has_begun and not turn.is_over)


def test_a_tenant_may_have_all_turns_while_nobody_else_waits_and_half_when_somebody_does() -> None:
    turns = Turns(Limits(tasks=4))
    big = [turns.take("big", nothing) for _ in range(8)]
    assert begun(big) == {"big": 4}
    small = [turns.take("small", nothing) for _ in range(3)]
    for turn in big[:4]:
        turns.give_back(turn)
    assert begun(big) + begun(small) == {"big": 2, "small": 2}


def test_tasks_that_run_code_hold_up_no_others() -> None:
    turns = Turns(Limits(tasks=4, code=1))
    code = [turns.take("a", nothing, is_code=True) for _ in range(3)]
    plain = [turns.take("a", nothing) for _ in range(2)]
    assert [turn.has_begun for turn in (*code, *plain)] == [True, False, False, True, True]


@given(seed=st.integers(0, 2**32))
def test_whoever_comes_and_goes_no_bound_is_crossed_and_everybody_has_a_turn(seed: int) -> None:
    rng = random.Random(seed)
    turns = Turns(Limits(tasks=rng.randint(1, 5), code=rng.randint(1, 2)))
    taken: list[Turn] = []
    for _ in range(60):
        if rng.random() < 0.6:
            taken.append(turns.take(rng.choice("abc"), nothing, is_code=rng.random() < 0.3))
        elif taken:
            turns.give_back(taken.pop(rng.randrange(len(taken))))
        running = [turn for turn in taken if turn.has_begun]
        assert len(running) <= turns.limits.tasks
        assert sum(turn.is_code for turn in running) <= turns.limits.code
        assert turns.waiting == len(taken) - len(running)
        assert not turns.waiting or running
    while taken:
        running = [turn for turn in taken if turn.has_begun]
        assert running
        turns.give_back(running[0])
        taken.remove(running[0])
