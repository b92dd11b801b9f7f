"""A stream goes on where it was taken, whatever breaks in between, and ends only by what no waiting would mend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import pairwise
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.records.schemas import INTERACTION_EXAMPLE
from tests.support.scripted_api import ManualTime, Reply, ScriptedApi, impatient, problem
from waymark.client import ConnectionFailed, Refused, Retries, Unauthorized, Unavailable, UnexpectedAnswer
from waymark.client.follow import EVENTS, Following

BEGINNING = b"retry: 1\nid: p0\n\n"
PING = b": ping\nid: p9\n\n"


def frame(number: int, payload: Any = None) -> bytes:
    event = {"id": f"e{number}", "eventType": "a", "occurredAt": "2026-01-15T10:30:00.000Z", "payload": payload or {}}
    return b"id: p%d\ndata: %s\n\n" % (number, orjson.dumps(event))


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Sends chunks, then breaks, ends, or says nothing more."""

    def __init__(self, *chunks: bytes, end: str = "ends") -> None:
        self._chunks = chunks
        self._end = end

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._end == "breaks":
            raise httpx.ReadError("reset")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk
        if self._end == "waits":
            await asyncio.Event().wait()


def stream(*chunks: bytes, end: str = "ends") -> Reply:
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    return lambda _: httpx.Response(200, headers=headers, stream=Broken(*chunks, end=end))


def places(api: ScriptedApi) -> list[str | None]:
    return [request.headers.get("last-event-id") for request in api.requests]


def test_it_goes_on_after_the_last_event_taken() -> None:
    api = ScriptedApi(
        stream(BEGINNING, frame(1), frame(2) + frame(3)[:30], end="breaks"),
        httpx.ConnectError("refused"),
        503,
        stream(BEGINNING, frame(3), frame(4)),
    )
    with api.client(retries=impatient()) as client, client.events.stream(resource_type="ORDER") as events:
        assert events.last_event_id is None
        assert [next(events).id for _ in range(3)] == ["e1", "e2", "e3"]
        assert events.last_event_id == "p3"
        assert next(events).id == "e4"
    assert places(api) == [None, "p2", "p2", "p2"]
    assert {str(request.url.params) for request in api.requests} == {"resource_type=ORDER"}


def test_a_read_after_a_stream_shows_what_came_before_it() -> None:
    api = ScriptedApi(stream(BEGINNING, frame(1)), lambda _: httpx.Response(200, json={"events": [], "total": 0}))
    with api.client(retries=impatient()) as client, client.events.stream() as events:
        client.events.list(after=events)
    assert api.requests[-1].headers["waymark-min-position"] == "p0"


async def test_the_asynchronous_one_does_the_same() -> None:
    api = ScriptedApi(stream(BEGINNING, frame(1), end="breaks"), 503, stream(BEGINNING, frame(2), end="waits"))
    async with api.async_client(retries=impatient()) as client, client.events.stream(last_event_id="p0") as events:
        assert [(await anext(events)).id for _ in range(2)] == ["e1", "e2"]
    assert places(api) == ["p0", "p1", "p1"]


def test_interactions_are_followed_in_the_same_way() -> None:
    sent = [
        b"id: p%d\ndata: %s\n\n" % (n, orjson.dumps(INTERACTION_EXAMPLE | {"interactionNumber": n})) for n in (1, 2)
    ]
    api = ScriptedApi(stream(BEGINNING, sent[0], end="breaks"), stream(BEGINNING, sent[1]))
    with (
        api.client(retries=impatient()) as client,
        client.interactions.stream(resource_type="ORDER", from_beginning=True) as interactions,
    ):
        assert [(one.number, one.action) for one in (next(interactions), next(interactions))] == [
            (1, "CREATE"),
            (2, "CREATE"),
        ]
    assert places(api) == [None, "p1"]
    assert str(api.requests[0].url).endswith("/api/interactions/stream?resourceType=ORDER&from=beginning")


async def test_a_wait_that_is_cancelled_loses_nothing() -> None:
    api = ScriptedApi(stream(BEGINNING, frame(1), frame(2)[:20], end="waits"), stream(BEGINNING, frame(2), end="waits"))
    async with api.async_client() as client, client.events.stream() as events:
        assert (await anext(events)).id == "e1"
        waiting = asyncio.create_task(anext(events))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await anext(events)).id == "e2"
    assert places(api) == [None, "p1"]


def test_a_sign_of_life_moves_the_place() -> None:
    api = ScriptedApi(stream(BEGINNING, PING, end="breaks"), stream(frame(10)))
    with api.client(retries=impatient()) as client:
        assert next(client.events.stream(from_beginning=True)).id == "e10"
    assert places(api) == [None, "p9"]
    assert dict(api.requests[0].url.params) == {"from": "beginning"}


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (400, Refused), (410, Refused), (422, Refused)])
def test_what_waiting_would_not_mend_ends_it(status: int, error: type[Exception]) -> None:
    api = ScriptedApi(stream(BEGINNING), status)
    with api.client(retries=impatient()) as client, pytest.raises(error, match=str(status)):
        next(client.events.stream())
    assert len(api.requests) == 2


def test_a_server_that_stays_away_ends_it_at_the_deadline() -> None:
    api = ScriptedApi(stream(BEGINNING), *[lambda _: problem(503, retry_after=1)] * 500)
    with api.client(retries=impatient(deadline_s=0.05)) as client, pytest.raises(Unavailable):
        next(client.events.stream())
    away = ScriptedApi(*[httpx.ConnectError("refused")] * 500)
    with (
        away.client(retries=impatient(deadline_s=0.05)) as client,
        pytest.raises(ConnectionFailed, match="refused"),
        client.events.stream(),
    ):
        pass


def test_time_spent_on_an_event_does_not_count_towards_the_deadline() -> None:
    time = ManualTime()
    following = Following(EVENTS, Retries(deadline_s=10.0, clock=time), {}, last_event_id="p0", from_beginning=False)
    time.pause(1_000)
    assert following.lost(None) < 5
    following.feed(PING)
    time.pause(1_000)
    assert following.lost(None) < 5
    time.pause(10)
    with pytest.raises(ConnectionFailed, match="ended the stream"):
        following.lost(None)


def test_the_server_says_how_long_to_pause() -> None:
    following = Following(EVENTS, Retries(), {}, last_event_id=None, from_beginning=False)
    following.feed(b"retry: 3000\nid: p0\n\n")
    assert following.lost(None) == 3.0


def test_another_kind_of_server_is_told_from_a_stream() -> None:
    for reply in (lambda _: httpx.Response(200, text="<html>"), stream(b"id: p1\ndata: {}\n\n")):
        with ScriptedApi(reply).client() as client, pytest.raises(UnexpectedAnswer):
            next(client.events.stream())


def test_an_id_that_no_header_can_carry_is_refused() -> None:
    with ScriptedApi().client() as client, pytest.raises(Refused, match="last-event-id"):
        client.events.stream(last_event_id="a\nb")


TEXTS = st.text(st.sampled_from("a :\r\n\x0b\x85\u2028é\U0001f4e6"), max_size=8)


@given(st.lists(TEXTS, max_size=4), st.lists(st.integers(0, 2_000), max_size=6), st.booleans())
def test_however_it_is_cut_the_same_events_come(texts: Sequence[str], cuts: Sequence[int], crlf: bool) -> None:
    text = BEGINNING + b"".join(frame(number, {"text": text}) + PING for number, text in enumerate(texts))
    sent = text.replace(b"\n", b"\r\n") if crlf else text
    following = Following(EVENTS, Retries(), {}, last_event_id=None, from_beginning=False)
    found = []
    edges = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    for first, last in pairwise(edges):
        following.feed(sent[first:last])
        while (event := following.take()) is not None:
            found.append(event.payload["text"])
    assert found == list(texts)
    assert following.last_event_id == ("p9" if texts else "p0")
