"""`POST /api/v1/events` against both logs: what lands in the log, repeats, and every kind of bad input."""

from __future__ import annotations

import asyncio
import gzip
import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from libs.contracts.reference import RESOURCE_TYPE
from libs.contracts.topics import EVENTS
from libs.eventlog.errors import AppendFailed
from libs.eventlog.port import AppendOutcome, Record
from libs.httpkit.positions import parse_min_position
from libs.pg.database import connect_once
from libs.records.events import EventRow, decode_event
from services.gateway.events.model import cloud_event_id
from services.gateway.numbering.numbers import RECEIPTS_KEPT_MS
from tests.support.gateway.records import catalog_record, publish_reference, read_topic
from tests.support.gateway.surroundings import Surroundings, on_one_log
from tests.support.importing import driver_of
from waymark.imports.batches import send_all
from waymark.imports.elements import read_items
from waymark.imports.items import CLOUD_EVENTS

URL = "/api/v1/events"
T = "default"
EVENT: dict[str, Any] = {"eventType": "order.placed", "resourceType": "ORDER", "resourceId": "o-1"}
CLOUD: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "/s", "type": "a.b"}
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACE = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}
KEY = {"idempotency-key": "first"}
STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}


async def rows(surroundings: Surroundings) -> list[EventRow]:
    """The topic's records, as every read model decodes them."""
    return [decode_event(record) for record in await read_topic(surroundings.log, EVENTS)]


async def row(surroundings: Surroundings) -> EventRow:
    (found,) = await rows(surroundings)
    return found


async def test_the_least_that_can_be_said(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=EVENT)

    assert answer.status_code == 202
    found = await row(surroundings)
    assert answer.json() == {"id": found.event_id}
    assert (found.event_type, found.resource_type, found.resource_id) == ("order.placed", "ORDER", "o-1")
    assert (found.actor_id, found.actor_type) == (surroundings.tenant.editor.id, "api_key")
    assert (found.payload, found.correlation_id, found.causation_id) == ("{}", None, None)
    (record,) = await read_topic(surroundings.log, EVENTS)
    assert record.key == "default:ORDER:o-1"
    log_id = await surroundings.log.identity()
    position = parse_min_position(answer.headers["waymark-position"], log_id)
    assert position == {(EVENTS.name, record.partition): record.offset + 1}


async def test_all_that_can_be_said(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    said = {
        "id": str(uuid.uuid4()),
        "actorId": "ada",
        "correlationId": "c",
        "causationId": "e",
        "occurredAt": "1999-12-31T23:59:59+01:00",
    }
    answer = await client.post(
        URL,
        content=gzip.compress(json.dumps(EVENT | said | {"payload": {"a": 1}}).encode()),
        headers=TRACE | {"content-encoding": "gzip", "content-type": "application/json"},
    )

    assert answer.json() == {"id": said["id"]}
    found = await row(surroundings)
    assert (found.actor_id, found.actor_type, found.correlation_id, found.causation_id) == ("ada", "user", "c", "e")
    assert found.occurred_at.isoformat() == "1999-12-31T22:59:59+00:00"
    assert json.loads(found.payload) == {"a": 1}


async def test_the_trace_is_the_default_correlation(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    await client.post(URL, json=EVENT, headers=TRACE)
    assert (await row(surroundings)).correlation_id == TRACE_ID


async def test_an_array_is_judged_item_by_item(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    mine = str(uuid.uuid4())
    body = [EVENT, {"eventType": 1}, EVENT | {"id": mine}, EVENT | {"id": mine.upper(), "resourceId": "other"}]
    answer = await client.post(URL, json=body)

    assert answer.status_code == 202
    said = answer.json()
    assert (said["accepted"], said["rejected"]) == (3, 1)
    assert [item["status"] for item in said["items"]] == [202, 422, 202, 202]
    assert said["items"][1]["id"] is None
    assert {tuple(place["loc"]) for place in said["items"][1]["error"]["detail"]} == {
        ("body", "eventType"),
        ("body", "resourceType"),
        ("body", "resourceId"),
    }
    assert [item["id"] for item in said["items"][2:]] == [mine, mine]
    found = await rows(surroundings)
    assert sorted(one.event_id for one in found) == sorted({said["items"][0]["id"], mine})
    assert {one.resource_id for one in found} == {"o-1"}


@on_one_log
async def test_a_resource_type_that_no_list_finds_is_refused_where_it_stood(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    answer = await client.post(URL, json=EVENT | {"resourceType": "ODER"})
    assert answer.status_code == 422
    assert [(place["loc"], place["type"]) for place in answer.json()["detail"]] == [(["body", "resourceType"], "enum")]
    binary = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/x", "ce-type": "a", "ce-resourcetype": "ODER"}
    refused = await client.post(URL, json={}, headers=binary)
    assert [place["loc"] for place in refused.json()["detail"]] == [["header", "ce-resourcetype"]]
    await publish_reference(surroundings.log, catalog_record(surroundings.tenant.tenant_id, RESOURCE_TYPE, "ODER"))
    several = await client.post(URL, json=[EVENT | {"resourceType": name} for name in ("oder", "order", "nought")])
    assert [item["status"] for item in several.json()["items"]] == [202, 202, 422]
    assert sorted(found.resource_type for found in await rows(surroundings)) == ["ODER", "ORDER"]


async def test_an_array_without_a_good_item_is_422(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=[{}, 1])
    assert answer.status_code == 422
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (0, 2)
    assert "waymark-position" not in answer.headers


@on_one_log
async def test_lines_are_taken_too(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    line = json.dumps(EVENT).encode()
    answer = await client.post(
        URL, content=line + b"\nnonsense\n\n" + line, headers={"content-type": "application/x-ndjson"}
    )
    assert [item["status"] for item in answer.json()["items"]] == [202, 422, 202]
    assert len(await rows(surroundings)) == 2


async def test_the_sdks_events_arrive_in_each_mode(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    attributes = {"id": "Ünïque", "source": "/s", "type": "a.b", "subject": "s 1", "correlationid": "c", "ext": "x"}
    event = CloudEvent(attributes, {"a": "ä"})
    messages = [to_structured_event(event), to_binary_event(event)]
    answers = [await client.post(URL, content=one.body, headers=one.headers) for one in messages]
    answers.append(await client.post(URL, content=b"[%s]" % messages[0].body, headers=BATCH))

    ours = cloud_event_id(T, "/s", "Ünïque")
    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert [answer.json().get("id") for answer in answers[:2]] == [ours, ours]
    assert answers[2].json()["items"] == [{"index": 0, "status": 202, "id": ours, "error": None}]
    found = await rows(surroundings)
    assert {one.event_id for one in found} == {ours}
    assert {(one.resource_type, one.resource_id, one.correlation_id) for one in found} == {("cloud_event", "s 1", "c")}
    assert [json.loads(one.payload) for one in found] == [{"a": "ä"}] * 3
    sender = {"id": "Ünïque", "source": "/s", "subject": "s 1", "extensions": {"ext": "x"}}
    senders = [json.loads(one.cloud_event or "") for one in found]
    assert {one.pop("datacontenttype", "application/json") for one in senders} == {"application/json"}
    assert senders == [sender] * 3


@pytest.mark.parametrize("body", [b"[]", b" [ \n ] "])
async def test_an_empty_batch_of_cloud_events_is_taken(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(URL, content=body, headers=BATCH)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "rejected": 0, "items": []})
    assert "waymark-position" not in answer.headers


@on_one_log
async def test_data_sent_as_text_reads_back_as_text_whatever_its_type(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    event = {**CLOUD, "data": "<x/>", "datacontenttype": "application/xml"}
    answers = [
        await client.post(URL, json=event, headers=STRUCTURED),
        await client.post(URL, json=[{**event, "id": "2"}], headers=BATCH),
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [json.loads(one.payload) for one in await rows(surroundings)] == [{"data": "<x/>"}] * 2
    records = await read_topic(surroundings.log, EVENTS)
    assert {(record.value, dict(record.headers)["content-type"]) for record in records} == {
        (b"<x/>", b"application/xml")
    }


@pytest.mark.parametrize("road", ["single", "array", "ndjson"])
@on_one_log
async def test_a_misspelt_member_is_named_by_every_road_of_our_own_json(client: httpx.AsyncClient, road: str) -> None:
    wrong = json.dumps(EVENT | {"paylaod": {"a": 1}, "more": 1})
    content = f"[{wrong}]" if road == "array" else wrong
    headers = {"content-type": "application/x-ndjson" if road == "ndjson" else "application/json"}
    answer = await client.post(URL, content=content, headers=headers)

    assert answer.status_code == 422
    shown = answer.json() if road == "single" else answer.json()["items"][0]["error"]
    (place,) = shown["detail"]
    assert (place["loc"], place["type"]) == (["body", "paylaod"], "misspelt_name")


@on_one_log
async def test_attributes_of_a_cloud_event_may_have_any_name(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    answer = await client.post(URL, json=CLOUD | {"subjekt": "x", "sourc": "y"}, headers=STRUCTURED)

    assert answer.status_code == 202
    sender = json.loads((await row(surroundings)).cloud_event or "")
    assert sender["extensions"] == {"subjekt": "x", "sourc": "y"}


ACTOR_TYPES = ("automation", "agent", "A-z_0.9", "x" * 64)


@pytest.mark.parametrize("road", ["single", "array", "ndjson", "structured", "binary", "batch"])
@on_one_log
async def test_an_actor_may_be_of_any_type(surroundings: Surroundings, client: httpx.AsyncClient, road: str) -> None:
    for number, kind in enumerate((*ACTOR_TYPES, "", "a b", "ä", "x" * 65)):
        answer = await _post_by(client, road, number, kind)
        good = kind in ACTOR_TYPES
        assert (answer.status_code == 202) == good, answer.text
    assert [found.actor_type for found in await rows(surroundings)] == list(ACTOR_TYPES)


async def _post_by(client: httpx.AsyncClient, road: str, number: int, kind: str) -> httpx.Response:
    own, cloud = EVENT | {"actorType": kind, "correlationId": "c"}, CLOUD | {"id": str(number), "actortype": kind}
    cloud |= {"correlationid": "c"}
    match road:
        case "single":
            return await client.post(URL, json=own)
        case "array":
            return await client.post(URL, json=[own])
        case "ndjson":
            return await client.post(URL, content=json.dumps(own), headers={"content-type": "application/x-ndjson"})
        case "structured":
            return await client.post(URL, json=cloud, headers=STRUCTURED)
        case "batch":
            return await client.post(URL, json=[cloud], headers=BATCH)
    headers = {f"ce-{name}".encode(): value.encode() for name, value in cloud.items()}
    return await client.post(URL, content=b"{}", headers={b"content-type": b"application/json"} | headers)


@pytest.mark.parametrize(
    ("kind", "body", "payload"),
    [
        ("text/plain", b"hello", {"data": "hello"}),
        ("application/octet-stream", b"\x00\xff", {"data_base64": "AP8="}),
        ("application/vnd.x+json", b"[1]", {"data": [1]}),
        ("application/json", b"", {}),
    ],
)
@on_one_log
async def test_data_of_every_kind_reads_back(
    surroundings: Surroundings, client: httpx.AsyncClient, kind: str, body: bytes, payload: dict[str, Any]
) -> None:
    headers = {f"ce-{name}": value for name, value in CLOUD.items()} | {"content-type": kind}
    answer = await client.post(URL, content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert json.loads((await row(surroundings)).payload) == payload


@pytest.mark.parametrize("body", [EVENT, [EVENT, EVENT]])
async def test_a_key_gives_the_same_ids_and_the_identical_records(
    surroundings: Surroundings, client: httpx.AsyncClient, body: Any
) -> None:
    other = await surroundings.client()
    first = await client.post(URL, json=body, headers=KEY | TRACE)
    again = [await one.post(URL, json=body, headers=KEY) for one in (client, other)]

    assert [answer.status_code for answer in (first, *again)] == [202] * 3
    assert [answer.json() for answer in again] == [first.json()] * 2
    records = await read_topic(surroundings.log, EVENTS)
    count = 2 if isinstance(body, list) else 1
    assert len(records) == 3 * count
    assert len({(one.key, one.value, one.headers, one.timestamp_ms) for one in records}) == count


@on_one_log
async def test_another_body_or_attribute_under_the_key_is_422(client: httpx.AsyncClient) -> None:
    await client.post(URL, json=EVENT, headers=KEY)
    headers = {f"ce-{name}": value for name, value in CLOUD.items()} | {"idempotency-key": "second"}
    await client.post(URL, headers=headers)

    for answer in (
        await client.post(URL, json=EVENT | {"resourceId": "o-2"}, headers=KEY),
        await client.post(URL, headers=headers | {"ce-id": "2"}),
    ):
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["type"] == "idempotency_key_reused"


@on_one_log
async def test_a_key_is_free_again_after_a_day(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    first = await client.post(URL, json=EVENT, headers=KEY)
    connection = await connect_once(surroundings.database_url, application_name="test")
    await connection.execute("UPDATE gateway.event_receipts SET accepted_ms = accepted_ms - $1", RECEIPTS_KEPT_MS)
    await connection.close()

    later = await client.post(URL, json=EVENT | {"resourceId": "o-2"}, headers=KEY)
    assert later.status_code == 202
    assert later.json() != first.json()


@on_one_log
async def test_a_key_in_flight_is_409(
    surroundings: Surroundings, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, arrived = asyncio.Event(), asyncio.Event()
    append = surroundings.log.append

    async def slow(records: list[Record]) -> Any:
        arrived.set()
        await held.wait()
        return await append(records)

    monkeypatch.setattr(surroundings.log, "append", slow)
    first = asyncio.create_task(client.post(URL, json=EVENT, headers=KEY))
    await arrived.wait()
    second = await client.post(URL, json=EVENT, headers=KEY)
    held.set()

    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    assert (await first).status_code == 202


@on_one_log
async def test_what_the_log_does_not_acknowledge_is_503(
    surroundings: Surroundings, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(records: list[Record]) -> list[AppendOutcome]:
        return [AppendFailed("gone", unknown=True) for _ in records]

    monkeypatch.setattr(surroundings.log, "append", refuse)
    single = await client.post(URL, json=EVENT, headers=KEY)
    several = await client.post(URL, json=[EVENT, {}])
    monkeypatch.undo()
    again = await client.post(URL, json=EVENT, headers=KEY)

    assert single.status_code == 503
    assert single.headers["retry-after"]
    assert several.status_code == 503
    assert several.headers["retry-after"]
    assert [item["status"] for item in several.json()["items"]] == [503, 422]
    assert again.status_code == 202


BAD: list[tuple[bytes, dict[str, str], int]] = [
    (b"{", {}, 422),
    (b"", {}, 422),
    (b"[", {}, 422),
    (b"[]", {}, 422),
    (b"1", {}, 422),
    (b'{"eventType": "\\u0000"}', {}, 422),
    (b"[" + b"[" * 5_000 + b"]" * 5_000 + b"]", {}, 422),
    (b'{"payload": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", {}, 422),
    (b"x" * (1024 * 1024 + 1), {}, 413),
    (b"[" + b" " * (16 * 1024 * 1024) + b"]", {}, 413),
    (b"<a/>", {"content-type": "application/xml"}, 415),
    (b"{}", {"content-type": "application/cloudevents+xml"}, 415),
    (b"{}", {"content-type": "application/json; charset=utf-16"}, 415),
    (b"{}", {"ce-id": "1"}, 422),
    (b"{}", STRUCTURED, 422),
    (b"{}", BATCH, 422),
    (b"{}", {"idempotency-key": ""}, 422),
]


@pytest.mark.parametrize(("body", "headers", "status"), BAD, ids=range(len(BAD)))
@on_one_log
async def test_hostile_bodies_are_refused_in_the_familys_shape(
    surroundings: Surroundings, client: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await client.post(URL, content=body, headers={"content-type": "application/json"} | headers)

    assert answer.status_code == status, answer.text
    if status == 422 and "items" not in answer.json():
        assert answer.headers["content-type"] == "application/json"
        assert all(set(place) == {"loc", "msg", "type"} for place in answer.json()["detail"])
    elif status != 422:
        assert answer.headers["content-type"] == "application/problem+json"
    assert await read_topic(surroundings.log, EVENTS) == []


@on_one_log
async def test_who_may(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    for key, status in ((surroundings.tenant.viewer_key, 403), ("nonsense", 401)):
        answer = await client.post(URL, json=EVENT, headers={"x-api-key": key})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


@on_one_log
async def test_a_file_of_cloud_events_is_imported(
    surroundings: Surroundings, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    file = tmp_path / "batch.json"
    elements = [json.dumps(CLOUD | {"id": str(n)}, indent=1) for n in range(5)]
    file.write_text("[" + ",".join([*elements, '{"specversion": "1.0"}', "{nonsense}"]) + "]")
    driver = driver_of(client._transport, surroundings.tenant.editor_key)
    reports = [
        await send_all(driver, read_items(file, offset=0, number=1), done=lambda *_: None, to=CLOUD_EVENTS)
        for _ in range(2)
    ]

    for report in reports:
        assert (report.read, report.accepted, report.rejected) == (7, 5, 2)
        assert dict(report.rejections)["element 7"] == "no valid JSON"
        assert "is required" in dict(report.rejections)["element 6"]
        assert report.first_id == cloud_event_id(T, "/s", "0")
    assert len({one.event_id for one in await rows(surroundings)}) == 5
