"""When a request is sent again: what passes, how long it is waited for, and what a repeat must not do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_api import ManualTime
from waymark.client import (
    Conflict,
    ConnectionFailed,
    NotFound,
    RateLimited,
    Refused,
    Retries,
    Unauthorized,
    Unavailable,
    WaymarkError,
)
from waymark.client.retries import ApiAnswer, Pause, Request, Send, StepResult

GET = Request("GET", "/")
DELETE = Request("DELETE", "/", is_repeatable=False)
OK = ApiAnswer(200, b"{}", httpx.Headers())


def answer(status: int, *, retry_after: str | None = None, code: str = "") -> ApiAnswer:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return ApiAnswer(status, b'{"detail":"no","code":"%s"}' % code.encode(), httpx.Headers(headers))


def run(replies: Sequence[StepResult], request: Request = GET, **changes: object) -> tuple[list[float], list[float]]:
    """Answer each try with the next of `replies`; returns the pauses and the timeouts, or raises as the steps do."""
    time = ManualTime()
    retries = replace(Retries(clock=time, wall_clock=lambda: 0.0, chance=lambda: 1.0), **changes)  # type: ignore[arg-type]
    steps = retries.tries(request)
    timeouts: list[float] = []
    following = iter(replies)
    reply: StepResult = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration:
            return time.pauses, timeouts
        if isinstance(step, Pause):
            time.pause(step.seconds)
            reply = None
        else:
            assert isinstance(step, Send)
            timeouts.append(step.timeout_s)
            reply = next(following)


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_what_passes_is_tried_again(status: int) -> None:
    assert len(run([answer(status), OK])[0]) == 1


def test_a_key_in_flight_is_waited_for() -> None:
    assert len(run([answer(409, code="idempotency_in_flight"), OK])[0]) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Refused), (401, Unauthorized), (403, Unauthorized), (404, NotFound), (409, Conflict), (422, Refused)],
)
def test_what_the_request_is_at_fault_for_is_raised_at_once(status: int, kind: type[WaymarkError]) -> None:
    with pytest.raises(kind) as raised:
        run([answer(status)])
    assert raised.value.status == status


def test_a_500_is_not_asked_for_again() -> None:
    with pytest.raises(Unavailable):
        run([answer(500)])


def test_pauses_double_up_to_the_longest() -> None:
    pauses, _ = run([answer(503)] * 6 + [OK], first_pause_s=0.1, longest_pause_s=1.0)
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])


def test_a_retry_after_in_seconds_or_as_a_date_is_waited_for_in_full() -> None:
    date = "Thu, 01 Jan 1970 00:00:07 GMT"
    pauses, _ = run([answer(503, retry_after="3"), answer(429, retry_after=date), OK], chance=lambda: 0.0)
    assert pauses == pytest.approx([3.0, 7.0])


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, Unavailable)])
def test_a_wait_beyond_the_deadline_is_not_begun(status: int, kind: type[WaymarkError]) -> None:
    with pytest.raises(kind):
        run([answer(status, retry_after="31")], deadline_s=30.0)


def test_no_answer_waits_longer_than_what_is_left_of_the_deadline() -> None:
    _, timeouts = run([answer(503, retry_after="8"), OK], deadline_s=10.0, timeout_s=30.0)
    assert timeouts == pytest.approx([10.0, 1.2])


def test_a_broken_connection_is_tried_again_when_a_repeat_is_harmless() -> None:
    assert len(run([httpx.ReadError("reset"), OK])[0]) == 1
    with pytest.raises(ConnectionFailed, match="reset"):
        run([httpx.ReadError("reset")], DELETE)


def test_what_was_never_sent_or_refused_undone_is_tried_again_whatever_it_is() -> None:
    assert len(run([httpx.ConnectError("no"), answer(503), OK], DELETE)[0]) == 2
    with pytest.raises(Unavailable):
        run([answer(502)], DELETE)


def test_a_request_that_cannot_be_sent_is_not_sent_again() -> None:
    with pytest.raises(ConnectionFailed):
        run([httpx.LocalProtocolError("bad header")])


def test_on_retry_is_called_for_every_try_that_is_followed_by_another() -> None:
    heard: list[int | None] = []
    run([answer(503), answer(502), OK], on_retry=lambda error, _: heard.append(error.status))
    assert heard == [503, 502]


@given(
    statuses=st.lists(st.sampled_from([408, 429, 502, 503, 504]), max_size=40),
    retry_after=st.none() | st.integers(0, 90),
    chance=st.floats(0, 1),
    deadline_s=st.floats(0.1, 100),
)
def test_the_deadline_holds_whatever_is_answered(
    statuses: list[int], retry_after: int | None, chance: float, deadline_s: float
) -> None:
    time = ManualTime()
    told: list[StepResult] = [
        *(answer(s, retry_after=None if retry_after is None else str(retry_after)) for s in statuses),
        OK,
    ]
    retries = Retries(deadline_s=deadline_s, clock=time, wall_clock=lambda: 0.0, chance=lambda: chance)
    steps = retries.tries(GET)
    reply: StepResult = None
    try:
        while True:
            step = steps.send(reply)
            reply = None
            if isinstance(step, Pause):
                time.pause(step.seconds)
            else:
                assert step.timeout_s <= deadline_s + 1e-6
                reply = told.pop(0)
    except (StopIteration, WaymarkError):
        assert sum(time.pauses) <= deadline_s + 1e-6
