"""A queue sends what it was given once each and in order, in bounded memory, and says what it could not send."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from pathlib import Path

import httpx
import orjson
import pytest

from tests.support.scripted_api import ManualTime, Reply, ScriptedApi, impatient, problem
from tests.support.waiting import eventually, eventually_sync
from waymark.client import NewInteraction, QueueClosed, QueueFull, QueueLimits, Refused, Unsent, WaymarkError
from waymark.client.buffer import Buffer
from waymark.client.delivery import BatchResult
from waymark.client.outgoing import outgoing

PATIENT = QueueLimits(max_age_s=600.0)
QUICK = QueueLimits(max_age_s=0.0)
AWAY = httpx.ConnectError("refused")


class Gate:
    """Holds a reply until it is let through."""

    def __init__(self, api: ScriptedApi) -> None:
        self.reached, self._opened = threading.Event(), threading.Event()
        self._api = api

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.reached.set()
        self._opened.wait(20)
        return self._api.accept(request)

    def open(self) -> None:
        """Let it through."""
        self._opened.set()


def put(buffer: Buffer, *names: str, size: int = 0) -> None:
    for name in names:
        buffer.add(outgoing(NewInteraction(name, "ORDER", "CREATE", "API", interaction="x" * size)))


def names(api: ScriptedApi) -> list[str]:
    return [item["resourceId"] for item in api.accepted]


def test_a_batch_is_due_by_number_bytes_age_or_flush() -> None:
    time = ManualTime()
    buffer = Buffer(QueueLimits(batch_items=3, batch_bytes=10_000, max_age_s=2.0), time)
    assert buffer.due_in_s() is None
    put(buffer, "a", "b")
    assert buffer.due_in_s() == pytest.approx(2.0)
    time.pause(1.5)
    assert buffer.due_in_s() == pytest.approx(0.5)
    put(buffer, "c")
    assert buffer.due_in_s() == 0.0
    assert len(buffer.take()) == 3
    buffer.settle(BatchResult(), keep_refused=True)
    put(buffer, "d", size=10_000)
    assert buffer.due_in_s() == 0.0
    buffer.take()
    buffer.settle(BatchResult(), keep_refused=True)
    put(buffer, "e")
    buffer.flush()
    assert buffer.due_in_s() == 0.0


def test_what_is_under_way_counts_against_the_bounds() -> None:
    buffer = Buffer(QueueLimits(max_items=2, max_bytes=10_000), ManualTime())
    ready = outgoing(NewInteraction("x", "ORDER", "CREATE", "API"))
    put(buffer, "a", "b")
    buffer.take()
    assert not buffer.has_room(ready)
    buffer.settle(BatchResult(), keep_refused=True)
    assert buffer.has_room(ready)
    put(buffer, "c", size=9_900)
    assert not buffer.has_room(ready)
    buffer.take()
    assert not buffer.has_room(ready)
    buffer.settle(BatchResult(), keep_refused=True)
    assert buffer.has_room(ready)


@pytest.mark.parametrize(
    "wrong", [{"batch_items": 0}, {"batch_items": 10_001}, {"batch_bytes": 2**30}, {"max_items": 0}]
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="item"):
        QueueLimits(**wrong)


def test_closing_sends_everything_once_and_in_order() -> None:
    api = ScriptedApi(503, AWAY, 500)
    with api.client(retries=impatient()) as client, client.queue(PATIENT) as queue:
        ids = [queue.record(f"order-{n}", "ORDER", "CREATE", "API") for n in range(1_200)]
    assert names(api) == [f"order-{n}" for n in range(1_200)]
    assert [item["interactionId"] for item in api.accepted] == ids
    assert len(set(ids)) == 1_200
    assert all(item["interactionTimestamp"] for item in api.accepted)


def test_closing_the_client_flushes_its_queues() -> None:
    api = ScriptedApi()
    with api.client() as client:
        client.enqueue("a", "ORDER", "CREATE", "API")
        client.queue(PATIENT).record("b", "ORDER", "CREATE", "API")
    assert sorted(names(api)) == ["a", "b"]


def test_items_go_by_themselves_once_old_enough() -> None:
    api = ScriptedApi()
    with api.client() as client:
        client.queue(QUICK).record("a", "ORDER", "CREATE", "API")
        eventually_sync(lambda: names(api) == ["a"])


def test_flush_returns_once_it_is_recorded() -> None:
    api = ScriptedApi()
    with api.client() as client, client.queue(PATIENT) as queue:
        for n in range(700):
            queue.record(str(n), "ORDER", "CREATE", "API")
        queue.flush()
        assert len(api.accepted) == 700


def test_a_flush_that_takes_too_long_says_so_and_goes_on() -> None:
    api = ScriptedApi()
    gate = Gate(api)
    api.then(gate)
    with api.client() as client, client.queue(PATIENT) as queue:
        queue.record("a", "ORDER", "CREATE", "API")
        with pytest.raises(Unsent, match="1 interaction could not be sent; the first: there was no answer"):
            queue.flush(deadline_s=0.01)
        gate.open()
        queue.flush()
    assert names(api) == ["a"]


def test_a_full_queue_raises_when_waiting_is_not_wanted() -> None:
    api = ScriptedApi()
    gate = Gate(api)
    api.then(gate)
    with api.client() as client:
        queue = client.queue(QueueLimits(max_items=2, max_age_s=0.0, full_wait_s=0))
        queue.record("a", "ORDER", "CREATE", "API")
        queue.record("b", "ORDER", "CREATE", "API")
        with pytest.raises(QueueFull):
            queue.record("c", "ORDER", "CREATE", "API")
        gate.open()
    assert names(api) == ["a", "b"]


def test_a_full_queue_makes_its_callers_wait_for_room() -> None:
    api = ScriptedApi()
    gate = Gate(api)
    api.then(gate)
    with api.client() as client:
        queue = client.queue(QueueLimits(max_items=1, max_age_s=0.0, full_wait_s=None))
        queue.record("a", "ORDER", "CREATE", "API")
        waiting = threading.Thread(target=queue.record, args=("b", "ORDER", "CREATE", "API"))
        waiting.start()
        gate.reached.wait(10)
        assert waiting.is_alive()
        gate.open()
        waiting.join(10)
    assert names(api) == ["a", "b"]


def test_many_threads_may_share_a_queue() -> None:
    api = ScriptedApi()
    with api.client() as client:
        queue = client.queue(QueueLimits(max_items=50, batch_items=7, max_age_s=0.0, full_wait_s=None))

        def work(name: int) -> None:
            for n in range(200):
                queue.record(f"{name}-{n}", "ORDER", "CREATE", "API")

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for name in range(4):
        assert [n for n in names(api) if n.startswith(f"{name}-")] == [f"{name}-{n}" for n in range(200)]


def refuse_b(api: ScriptedApi) -> Reply:
    return api.some(lambda item: 422 if item["resourceId"] == "b" else 201)


def test_refusals_are_told_and_cost_only_themselves() -> None:
    api = ScriptedApi()
    api.then(refuse_b(api))
    told: list[tuple[str, WaymarkError]] = []
    with api.client() as client:
        queue = client.queue(PATIENT, on_refused=lambda item, error: told.append((item.resource_id, error)))
        for name in "abc":
            queue.record(name, "ORDER", "CREATE", "API")
    assert names(api) == ["a", "c"]
    assert [(name, error.status) for name, error in told] == [("b", 422)]


def test_refusals_nobody_is_told_of_are_logged_and_raised_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    api = ScriptedApi()
    api.then(refuse_b(api))
    client = api.client()
    for name in "abc":
        client.enqueue(name, "ORDER", "CREATE", "API")
    with pytest.raises(Unsent) as raised:
        client.close()
    assert [item.item.resource_id for item in raised.value.items] == ["b"]
    assert isinstance(raised.value.items[0].error, Refused)
    assert "was refused: 422" in caplog.text


def test_a_whole_batch_that_is_refused_is_refused_item_by_item() -> None:
    api = ScriptedApi(401)
    told: list[str] = []
    with api.client() as client:
        queue = client.queue(PATIENT, on_refused=lambda item, _: told.append(item.resource_id))
        queue.record("a", "ORDER", "CREATE", "API")
        queue.record("b", "ORDER", "CREATE", "API")
    assert told == ["a", "b"]


def test_what_could_not_be_sent_by_the_end_is_raised_told_logged_and_can_be_kept(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    api = ScriptedApi(*[AWAY] * 100_000)
    client = api.client(retries=impatient())
    told: list[Unsent] = []
    queue = client.queue(QueueLimits(batch_items=2, close_deadline_s=0.1), on_unsent=told.append)
    with caplog.at_level(logging.WARNING):
        ids = [queue.record(f"order-{n}", "ORDER", "CREATE", "API", interaction=n) for n in range(5)]
        with pytest.raises(Unsent, match=r"5 interactions could not be sent; the first: .*refused") as raised:
            client.close()
    assert told == [raised.value]
    assert [item.item.interaction_id for item in raised.value.items] == ids
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
    assert raised.value.write_jsonl(tmp_path / "kept.jsonl") == 5
    lines = [orjson.loads(line) for line in (tmp_path / "kept.jsonl").read_bytes().splitlines()]
    assert [line["interactionId"] for line in lines] == ids
    with pytest.raises(QueueClosed):
        queue.record("more", "ORDER", "CREATE", "API")


def test_an_answer_that_does_not_come_does_not_hold_up_the_end() -> None:
    api = ScriptedApi()
    gate = Gate(api)
    api.then(gate)
    client = api.client()
    queue = client.queue(QueueLimits(max_age_s=0.0))
    queue.record("a", "ORDER", "CREATE", "API")
    gate.reached.wait(10)
    with pytest.raises(Unsent) as raised:
        queue.close(deadline_s=0.05)
    gate.open()
    assert [item.item.resource_id for item in raised.value.items] == ["a"]


def test_closing_does_not_sit_out_a_long_pause() -> None:
    api = ScriptedApi(lambda _: problem(503, retry_after=600))
    with api.client() as client, client.queue(QUICK) as queue:
        queue.record("a", "ORDER", "CREATE", "API")
        eventually_sync(lambda: queue._buffer.trouble)
    assert names(api) == ["a"]


def test_the_error_of_a_block_is_not_hidden_by_what_could_not_be_sent() -> None:
    api = ScriptedApi(*[AWAY] * 100_000)
    limits = QueueLimits(close_deadline_s=0.05)
    client = api.client(retries=impatient())

    def work() -> None:
        with client, client.queue(limits) as queue:
            queue.record("a", "ORDER", "CREATE", "API")
            raise KeyError("mine")

    with pytest.raises(KeyError) as raised:
        work()
    assert "1 interaction could not be sent" in raised.value.__notes__[0]


def test_an_error_of_a_callback_ends_the_queue_and_is_said() -> None:
    api = ScriptedApi()
    api.then(refuse_b(api))

    def fail(_item: NewInteraction, _error: WaymarkError) -> None:
        raise LookupError("mine")

    queue = api.client().queue(QUICK, on_refused=fail)
    queue.record("b", "ORDER", "CREATE", "API")
    eventually_sync(lambda: queue._broken is not None)
    with pytest.raises(QueueClosed) as closed:
        queue.record("c", "ORDER", "CREATE", "API")
    assert isinstance(closed.value.__cause__, LookupError)
    with pytest.raises(Unsent) as raised:
        queue.close()
    assert isinstance(raised.value.__cause__, LookupError)


def test_what_can_never_be_sent_is_refused_where_it_is_recorded() -> None:
    with ScriptedApi().client() as client, pytest.raises(Refused, match="over the limit"):
        client.enqueue("a", "ORDER", "CREATE", "API", interaction="x" * 1_100_000)


def test_units_of_work_are_those_of_the_caller() -> None:
    api = ScriptedApi()
    with api.client() as client, client.unit_of_work("job") as uow:
        client.enqueue("a", "ORDER", "CREATE", "API")
    assert (api.accepted[0]["uowId"], api.accepted[0]["spanId"]) == ("job", uow.span_id)


def test_a_forked_child_sends_its_own_and_leaves_the_parents_to_the_parent() -> None:
    api = ScriptedApi()
    client = api.client()
    queue = client.queue(PATIENT)
    queue.record("parents", "ORDER", "CREATE", "API")
    child = os.fork()
    if child == 0:
        queue.record("childs", "ORDER", "CREATE", "API")
        queue.close()
        os._exit(0 if names(api) == ["childs"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    client.close()
    assert names(api) == ["parents"]


async def test_the_asynchronous_queue_sends_everything_once_and_in_order() -> None:
    api = ScriptedApi(503, AWAY, 500)
    async with api.async_client(retries=impatient()) as client, client.queue(PATIENT) as queue:
        for n in range(1_200):
            await queue.record(f"order-{n}", "ORDER", "CREATE", "API")
        await queue.flush()
        assert len(api.accepted) == 1_200
        await client.enqueue("last", "ORDER", "CREATE", "API")
    assert names(api) == [*(f"order-{n}" for n in range(1_200)), "last"]


async def test_the_asynchronous_queue_makes_its_callers_wait_for_room() -> None:
    api = ScriptedApi(*[AWAY] * 50)
    async with api.async_client(retries=impatient()) as client:
        queue = client.queue(QueueLimits(max_items=1, max_age_s=0.0, full_wait_s=None))
        await asyncio.gather(*(queue.record(str(n), "ORDER", "CREATE", "API") for n in range(20)))
    assert sorted(names(api)) == sorted(map(str, range(20)))


async def test_the_asynchronous_queue_raises_when_waiting_is_not_wanted() -> None:
    api = ScriptedApi(*[AWAY] * 100_000)
    client = api.async_client(retries=impatient())
    queue = client.queue(QueueLimits(max_items=1, max_age_s=0.0, full_wait_s=0, close_deadline_s=0.05))
    await queue.record("a", "ORDER", "CREATE", "API")
    await eventually(lambda: api.requests)
    with pytest.raises(QueueFull, match="refused"):
        await queue.record("b", "ORDER", "CREATE", "API")
    with pytest.raises(Unsent) as raised:
        await client.close()
    assert [item.item.resource_id for item in raised.value.items] == ["a"]
    with pytest.raises(QueueClosed):
        await queue.record("c", "ORDER", "CREATE", "API")


async def test_the_asynchronous_queue_tells_of_refusals() -> None:
    api = ScriptedApi()
    api.then(refuse_b(api))
    told: list[str] = []
    async with api.async_client() as client:
        queue = client.queue(PATIENT, on_refused=lambda item, _: told.append(item.resource_id))
        for name in "abc":
            await queue.record(name, "ORDER", "CREATE", "API")
    assert (told, names(api)) == (["b"], ["a", "c"])
