"""What is recorded belongs to the unit of work and the span around it, across tasks, processes and OpenTelemetry."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from tests.support.scripted_api import ScriptedApi
from waymark.client import NewInteraction, Span, continue_trace, current_span, unit_of_work
from waymark.client.outgoing import in_context

INCOMING = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ITEM = NewInteraction("o", "ORDER", "CREATE", "API")


@pytest.fixture(scope="module")
def tracer() -> trace.Tracer:
    return TracerProvider().get_tracer("test")


@pytest.fixture(autouse=True)
def outside() -> Iterator[None]:
    assert current_span() is None
    yield
    assert current_span() is None


def ids(item: NewInteraction) -> tuple[str | None, str | None, str | None]:
    placed = in_context(item)
    return placed.uow_id, placed.span_id, placed.parent_span_id


def span_id(span: trace.Span) -> str:
    return f"{span.get_span_context().span_id:016x}"


def test_outside_of_any_nothing_is_added() -> None:
    assert in_context(ITEM) == ITEM
    assert ScriptedApi().client().headers() == {}


def test_spans_nest() -> None:
    with unit_of_work("job-1", user_id="ann") as uow:
        assert ids(ITEM) == ("job-1", uow.span_id, None)
        with uow.span("outer") as outer:
            assert ids(ITEM) == ("job-1", outer.span_id, uow.span_id)
            with uow.span("inner") as inner:
                assert ids(ITEM) == ("job-1", inner.span_id, outer.span_id)
        assert ids(ITEM) == ("job-1", uow.span_id, None)
        assert in_context(ITEM).user_id == "ann"


def test_what_an_interaction_says_itself_stays() -> None:
    with unit_of_work(user_id="ann"):
        own = NewInteraction("o", "ORDER", "CREATE", "API", uow_id="other")
        assert in_context(own) == own
        spanned = in_context(NewInteraction("o", "ORDER", "CREATE", "API", span_id="mine", user_id="bob"))
        assert (spanned.span_id, spanned.parent_span_id, spanned.user_id) == ("mine", None, "bob")


def test_an_unnamed_unit_of_work_is_named_after_its_trace() -> None:
    with unit_of_work() as uow:
        assert uow.uow_id == uow.trace_id
        assert uow.headers() == {"traceparent": f"00-{uow.trace_id}-{uow.span_id}-01"}
    with unit_of_work("job-1") as uow:
        assert uow.headers()["x-uowid"] == "job-1"


def test_a_trace_goes_on_in_the_next_process() -> None:
    with unit_of_work("job-1") as uow, uow.span("call") as call:
        carried = ScriptedApi().client().headers()
    with continue_trace({name.title(): value for name, value in carried.items()}) as there:
        assert (there.uow_id, there.trace_id, there.parent_span_id) == ("job-1", uow.trace_id, call.span_id)
        assert there.span_id != call.span_id


def test_an_incoming_trace_is_the_unit_of_work() -> None:
    with continue_trace({"traceparent": INCOMING}) as span:
        assert ids(ITEM) == ("0af7651916cd43dd8448eb211c80319c", span.span_id, "b7ad6b7169203331")


@pytest.mark.parametrize(
    "header", [None, "", "00-x", INCOMING + "-more", "ff" + INCOMING[2:], f"00-{'0' * 32}-{'1' * 16}-01"]
)
def test_a_malformed_one_begins_anew(header: str | None) -> None:
    with continue_trace({} if header is None else {"traceparent": header}) as span:
        assert span.parent_span_id is None
        assert len(span.trace_id) == 32


def test_the_record_says_where_it_belongs() -> None:
    api = ScriptedApi()
    with api.client() as client, client.unit_of_work() as uow, uow.span("pay") as pay:
        client.record("o", "ORDER", "CREATE", "API")
        client.record_many([ITEM])
    headers = api.requests[0].headers
    sent = (headers["x-uowid"], headers["x-span-id"], headers["x-parent-span-id"], headers["traceparent"])
    assert sent == (uow.uow_id, pay.span_id, uow.span_id, pay.traceparent)
    assert (api.accepted[1]["spanId"], api.accepted[1]["parentSpanId"]) == (pay.span_id, uow.span_id)


async def test_tasks_are_apart_and_inherit() -> None:
    async def work(name: str) -> tuple[str | None, str | None]:
        with unit_of_work(name):
            await asyncio.sleep(0)
            inherited = await asyncio.create_task(inner())
            return in_context(ITEM).uow_id, inherited

    async def inner() -> str | None:
        return in_context(ITEM).uow_id

    found = await asyncio.gather(work("a"), work("b"))
    assert tuple(found) == (("a", "a"), ("b", "b"))


def test_a_thread_has_it_when_run_in_a_copied_context() -> None:
    seen: list[Span | None] = []

    def look() -> None:
        seen.append(current_span())

    with unit_of_work("job") as uow:
        context = contextvars.copy_context()
        for target in (look, lambda: context.run(look)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert seen == [None, uow]


def test_a_span_of_opentelemetry_is_taken(tracer: trace.Tracer) -> None:
    with tracer.start_as_current_span("outer") as outer, tracer.start_as_current_span("inner") as inner:
        assert ids(ITEM) == (f"{inner.get_span_context().trace_id:032x}", span_id(inner), span_id(outer))


def test_a_unit_of_work_inside_opentelemetry_has_its_trace(tracer: trace.Tracer) -> None:
    with tracer.start_as_current_span("request") as request:
        with unit_of_work("job") as uow, uow.span("step") as step:
            assert step.trace_id == f"{request.get_span_context().trace_id:032x}"
            assert ids(ITEM) == ("job", step.span_id, uow.span_id)
            with tracer.start_as_current_span("library") as library:
                assert in_context(ITEM).uow_id == "job"
                assert in_context(ITEM).span_id == span_id(library)
        assert in_context(ITEM).span_id == span_id(request)


def test_opentelemetry_beginning_inside_a_span_is_inside_it(tracer: trace.Tracer) -> None:
    with unit_of_work("job") as uow, tracer.start_as_current_span("library") as library:
        assert ids(ITEM) == ("job", span_id(library), uow.span_id)


def test_an_incoming_trace_goes_before_another_span_of_opentelemetry(tracer: trace.Tracer) -> None:
    with tracer.start_as_current_span("worker"), continue_trace({"traceparent": INCOMING}) as span:
        assert ids(ITEM) == ("0af7651916cd43dd8448eb211c80319c", span.span_id, "b7ad6b7169203331")
