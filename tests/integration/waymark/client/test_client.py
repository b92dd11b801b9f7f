"""The Python client against a real server: nothing counts twice, nothing is lost silently, and traces hold together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.support.clients import asynchronous, blocking, recorded, run_emitter
from tests.support.installation import Installation
from tests.support.waiting import eventually
from waymark.client import (
    AsyncClient,
    Conflict,
    JsonFilter,
    NewEvent,
    NewInteraction,
    NotFound,
    Refused,
    Resource,
    Retries,
    Unauthorized,
)


class AnswerLost(httpx.HTTPTransport):
    """A network that delivers the first requests and puts these in place of their answers."""

    def __init__(self, *instead: httpx.Response | httpx.TransportError) -> None:
        super().__init__()
        self._instead = list(instead)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Deliver it, whatever comes back."""
        answer = super().handle_request(request)
        if not self._instead:
            return answer
        answer.read()
        instead = self._instead.pop(0)
        if isinstance(instead, httpx.TransportError):
            raise instead
        return instead


async def test_an_answer_that_was_lost_counts_once(installation: Installation) -> None:
    def work() -> tuple[int, int, list[int]]:
        lossy = AnswerLost(httpx.Response(503, headers={"retry-after": "0"}), httpx.ReadError("reset"))
        with blocking(installation, transport=lossy) as client:
            recorded = client.record("lost-1", "ORDER", "CREATE", "API")
            page = client.interactions.list(resource_id="lost-1")
            return recorded.number, page.pagination.total, [row.number for row in page.data]

    number, total, listed = await asyncio.to_thread(work)
    assert (total, listed) == (1, [number])


async def test_a_batch_whose_answer_was_lost_counts_once(installation: Installation) -> None:
    def work() -> tuple[list[int], list[int]]:
        lossy = AnswerLost(httpx.ReadError("reset"), httpx.Response(502))
        with blocking(installation, transport=lossy) as client:
            many = client.record_many(NewInteraction("lost-2", "ORDER", "READ", "API") for _ in range(250))
            listed = client.interactions.all(resource_id="lost-2")
            return [item.number for item in many.items], sorted(row.number for row in listed)

    recorded, listed = await asyncio.to_thread(work)
    assert recorded == listed
    assert len(listed) == 250


async def test_a_process_that_ends_sends_what_waits(installation: Installation, tmp_path: Path) -> None:
    key = installation.credentials["apiKey"]
    code, out, errors = await run_emitter(installation.url, key, 20.0, tmp_path / "kept", "exit-1")
    assert (code, out, errors) == (0, "done\n", "")
    async with asynchronous(installation) as client:
        await eventually(lambda: recorded(client, "exit-1", 3))


async def test_units_of_work_and_spans_read_back(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        with client.unit_of_work(user_id="ann") as uow:
            await client.record("order-1", "ORDER", "CREATE", "WEBAPP")
            with uow.span("pay") as pay:
                carried = client.headers()
                await client.enqueue("payment-1", "PAYMENT", "CREATE", "API")
        with client.continue_trace(carried) as there:
            last = await client.record("invoice-1", "DOCUMENT", "CREATE", "API")
        queue = client.queue()
        await queue.flush()
        await eventually(lambda: _uow_total(client, uow.uow_id, 3))
        rows = [row async for row in client.interactions.all(uow_id=uow.uow_id, after=last)]
    places = {row.resource_id: (row.span_id, row.parent_span_id, row.user_id) for row in rows}
    assert places == {
        "order-1": (uow.span_id, None, "ann"),
        "payment-1": (pay.span_id, uow.span_id, "ann"),
        "invoice-1": (there.span_id, pay.span_id, None),
    }


async def _uow_total(client: AsyncClient, uow_id: str, wanted: int) -> bool:
    return (await client.interactions.list(uow_id=uow_id)).pagination.total == wanted


async def test_a_unit_of_work_in_any_script_and_with_any_sign_reads_back(installation: Installation) -> None:
    uow_id = "Заказ/№ 7?#&%2F 雪"
    async with asynchronous(installation) as client:
        with client.unit_of_work(uow_id, user_id="zoë"):
            await client.record("order-1", "ORDER", "CREATE", "WEBAPP")
            await client.record_many([NewInteraction("order-1", "ORDER", "UPDATE", "WEBAPP")])
        found = await client.interactions.list(uow_id=uow_id, user_id="zoë")
    assert [row.action for row in found.data] == ["UPDATE", "CREATE"]


async def test_reads_show_what_was_written_just_before(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        for number in range(1, 21):
            await client.record("fresh-1", "ORDER", "UPDATE", "API")
            assert (await client.interactions.list(resource_id="fresh-1", limit=1)).pagination.total == number


async def test_counts_over_time_and_activity_agree_with_the_list(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        for user in ("bob", "bob", "eve"):
            with client.unit_of_work(user_id=user):
                await client.record("shown-1", "PAYMENT", "UPDATE", "SDK")
        timeline = await client.timeline(days=2, origin="sdk", group_by="action")
        listed = await client.interactions.list(origin="sdk")
        assert timeline.total == listed.pagination.total == sum(bucket.count for bucket in timeline.data)
        assert [group.key for bucket in timeline.data for group in bucket.groups if group.count] == ["UPDATE"]
        assert timeline.granularity == "hour"
        everywhere = await client.activity(resources=[Resource("shown-1", "PAYMENT")])
        assert [group.user_id for group in everywhere.data] == ["eve", "bob", "bob"]
        assert everywhere.data[0].interaction_count == 1
        by_data = await client.interactions.list(json_filters=[JsonFilter("a.b", "equals", 1)], resource_type="PAYMENT")
        assert by_data.pagination.total == 0


async def test_a_refused_interaction_names_its_fields(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        with pytest.raises(Refused) as raised:
            await client.record("order-1", "ORDR", "CREATE", "nowhere")
    assert {place.field for place in raised.value.problems} == {"resourceType", "origin"}
    assert "did you mean ORDER?" in str(raised.value)


async def test_the_catalog_is_kept_by_the_client(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        made = await client.actions.create("Approve", "APPROVED", icon="✅")
        with pytest.raises(Conflict):
            await client.actions.create("Approve", "approved")
        changed = await client.actions.update(made.id, "Approve it", "APPROVED")
        assert (changed.title, changed.icon) == ("Approve it", None)
        assert (await client.record("order-1", "ORDER", "APPROVED", "API")).action_id == made.id
        await client.actions.archive(made.id)
        with pytest.raises(Refused, match="archived"):
            await client.record("order-1", "ORDER", "APPROVED", "API")
        assert (await client.actions.get(made.id)).archived_date is not None
        assert made.id not in {item.id for item in await client.actions.list()}


async def test_keys_are_made_used_and_ended(installation: Installation) -> None:
    async with asynchronous(installation) as admin:
        made = await admin.keys.create("reader", ["viewer"])
        assert made.key is not None
        assert made.key not in repr(made)
        async with AsyncClient(installation.url, made.key, retries=Retries(deadline_s=5.0)) as reader:
            await reader.interactions.list()
            with pytest.raises(Unauthorized):
                await reader.record("order-1", "ORDER", "CREATE", "API")
            await admin.keys.revoke(made.id)
            await eventually(lambda: _is_refused(reader))
        assert made.id in [key.id async for key in admin.keys.all() if key.revoked_at]


async def _is_refused(client: AsyncClient) -> bool:
    try:
        await client.interactions.list()
    except Unauthorized:
        return True
    return False


async def test_what_is_not_there_is_not_found(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        with pytest.raises(NotFound):
            await client.interactions.get("0198f0de-3a50-7cc1-9df0-3d5a8c6f1b22")


async def test_events_are_recorded_listed_counted_and_explained(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        with client.unit_of_work(user_id="ann") as uow:
            first = await client.events.record("job.queued", "ORDER", "job-1", payload={"n": 1})
            second = await client.events.record("job.failed", "ORDER", "job-1", causation_id=first.id)
            many = await client.events.record_many([NewEvent("job.queued", "ORDER", f"job-{n}") for n in range(2, 5)])
        listed = await client.events.list(event_type="job.queued", correlation_id=uow.uow_id, limit=3)
        assert (listed.total, listed.has_next, len(listed.events)) == (4, True, 3)
        everything = [event async for event in client.events.all(correlation_id=uow.uow_id)]
        assert {event.id for event in everything} == {first.id, second.id, *(item.id for item in many.items)}
        shown = await client.events.get(first.id)
        assert (shown.payload, shown.actor_id, shown.actor_type) == ({"n": 1}, "ann", "user")
        of_resource = await client.events.of_resource("ORDER", "job-1")
        assert [event.id for event in of_resource.events] == [second.id, first.id]
        correlated = await client.events.by_correlation(uow.uow_id, limit=2)
        assert ([event.id for event in correlated.events], correlated.total) == ([first.id, second.id], 5)
        causes = await client.events.causes(second.id)
        assert ([event.id for event in causes.causes], causes.complete) == ([first.id], True)
        counts = await client.events.counts()
        assert {count.key: count.count for count in counts.by_event_type}["job.queued"] == 4
        actors = {actor.actor_id: actor for actor in (await client.events.actors()).actors}
        assert (actors["ann"].total, actors["ann"].failures) == (5, 1)
        assert {event.id for event in (await client.trace(uow.uow_id)).events} == {event.id for event in everything}


async def test_an_event_whose_answer_was_lost_counts_once(installation: Installation) -> None:
    def work() -> int:
        with blocking(installation, transport=AnswerLost(httpx.ReadError("reset"), httpx.Response(502))) as client:
            client.events.record("page.printed", "DOCUMENT", "page-1")
            with pytest.raises(Refused, match="eventType"):
                client.events.record("", "DOCUMENT", "page-1")
            return client.events.list(event_type="page.printed").total

    assert await asyncio.to_thread(work) == 1


async def test_who_follows_whom_and_the_refresh(installation: Installation) -> None:
    async with asynchronous(installation) as client:
        with client.unit_of_work():
            await client.record("order-1", "ORDER", "CREATE", "MOBILE")
            await client.record("order-1", "ORDER", "UPDATE", "SDK")
        graph = await client.origins.graph()
        assert [edge.count for edge in graph.edges if edge.from_origin == "MOBILE"] == [1]
        assert {node.origin for node in graph.nodes} >= {"MOBILE", "SDK"}
        assert (await client.refresh_timeline()).as_of is not None
