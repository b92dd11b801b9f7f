"""`POST /api/interactions` against both logs: the answer, the record, headers, and every kind of bad input."""

from __future__ import annotations

import asyncio
import gzip
import json
import uuid
from typing import Any

import httpx
import pytest

from libs.contracts.interactions import RECORDED, Interaction, decode_interaction_record
from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.topics import KEY_USES
from libs.eventlog.errors import LogUnavailable
from libs.httpkit.positions import parse_min_position
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import (
    api_key,
    catalog_record,
    numbers_in,
    publish_credentials,
    publish_reference,
    read_topic,
    seed,
)
from tests.support.gateway.surroundings import URL, Surroundings, on_one_log
from tests.support.records import item_id
from tests.support.waiting import eventually

T = "default"


async def test_the_first_example_of_the_documents_works_unchanged(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=FIRST_EXAMPLE)

    assert answer.status_code == 201
    body = answer.json()
    assert body["interactionNumber"] == 1
    assert body["resourceTypeId"] == item_id(T, RESOURCE_TYPE, "ORDER")
    assert body["actionId"] == item_id(T, ACTION, "CREATE")
    assert body["originId"] == item_id(T, ORIGIN, "WEBAPP")
    assert uuid.UUID(body["interactionId"]).version == 7
    assert uuid.UUID(body["uowId"]).version == 7
    assert {name: body[name] for name in ("resourceId", "interaction", "externalReference")} == {
        name: FIRST_EXAMPLE[name] for name in ("resourceId", "interaction", "externalReference")
    }
    nulls = ("userId", "interactionTimestamp", "externalResponse", "spanId", "parentSpanId", "sequenceIndex")
    assert [body[name] for name in nulls] == [None] * 6


async def test_the_second_example_records_by_ids(client: httpx.AsyncClient) -> None:
    ids = {
        "resourceTypeId": item_id(T, RESOURCE_TYPE, "ORDER"),
        "actionId": item_id(T, ACTION, "CREATE"),
        "originId": item_id(T, ORIGIN, "WEBAPP"),
    }
    answer = await client.post(URL, json={"resourceId": "order-456", **ids, "interaction": {"total": 149.99}})

    assert answer.status_code == 201
    assert {name: answer.json()[name] for name in ids} == ids


async def test_the_record_is_the_answer_and_its_envelope_says_the_rest(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    headers = {
        "x-uowid": "Bestellung-ü".encode(),
        "x-userid": b"ada@example.org",
        "x-interaction-timestamp": b"2026-01-15T10:30:00+01:00",
        "x-span-id": b"span",
        "x-parent-span-id": b"parent",
        "traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    sent = [(name.encode(), value) for name, value in headers.items()]
    answer = await client.post(URL, json={**FIRST_EXAMPLE, "sequenceIndex": 3}, headers=sent)

    (record,) = await read_topic(surroundings.log)
    assert record.value == answer.content
    assert record.key == "default:Bestellung-ü"
    envelope, body = decode_interaction_record(record.value, record.headers)
    assert isinstance(body, Interaction)
    assert (body.uow_id, body.user_id, body.span_id) == ("Bestellung-ü", "ada@example.org", "span")
    assert (body.parent_span_id, body.sequence_index) == ("parent", 3)
    assert envelope.type == RECORDED
    assert envelope.source == "waymark/default/interactions"
    assert envelope.time == body.interaction_timestamp == "2026-01-15T09:30:00.000Z"
    assert (envelope.subject, envelope.resource_type, envelope.sequence) == ("order-456", "ORDER", 1)
    assert (envelope.correlation_id, envelope.actor_id, envelope.actor_type) == (body.uow_id, body.user_id, "user")
    assert envelope.traceparent == headers["traceparent"].decode()
    position = parse_min_position(answer.headers["waymark-position"], await surroundings.log.identity())
    assert position == {(record.topic, record.partition): record.offset + 1}


async def test_free_form_json_reaches_the_log_byte_by_byte(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    text = b'{"b" : 1.50,"a":"\\u00e9","n":[ 9223372036854775807 ]}'
    raw = json.dumps(FIRST_EXAMPLE).encode()[:-1] + b', "externalResponse":' + text + b"}"

    answer = await client.post(URL, content=raw)

    (record,) = await read_topic(surroundings.log)
    assert record.value is not None
    assert text in record.value
    assert text in answer.content


@on_one_log
async def test_a_compressed_body_is_taken(client: httpx.AsyncClient) -> None:
    packed = gzip.compress(json.dumps(FIRST_EXAMPLE).encode())

    answer = await client.post(
        URL, content=packed, headers={"content-encoding": "gzip", "content-type": "application/json"}
    )

    assert answer.status_code == 201


async def test_numbers_count_up_and_dates_with_them(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(URL, json=FIRST_EXAMPLE) for _ in range(100)))

    found = sorted((answer.json()["interactionNumber"], answer.json()["createdDate"]) for answer in answers)
    assert [number for number, _ in found] == list(range(1, 101))
    assert [date for _, date in found] == sorted(date for _, date in found)


async def test_tenants_count_apart(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    other = await seed(surroundings.log, "other")
    calls = [client.post(URL, json=FIRST_EXAMPLE, headers={"x-api-key": other.editor_key}) for _ in range(3)]
    mine, *theirs = await asyncio.gather(client.post(URL, json=FIRST_EXAMPLE), *calls)

    assert mine.json()["interactionNumber"] == 1
    assert sorted(answer.json()["interactionNumber"] for answer in theirs) == [1, 2, 3]
    assert mine.json()["actionId"] != theirs[0].json()["actionId"]


BAD: list[tuple[str, bytes | dict[str, Any], dict[str, str], int, str]] = [
    ("no key", FIRST_EXAMPLE, {"x-api-key": ""}, 401, "is needed"),
    ("a made-up key", FIRST_EXAMPLE, {"x-api-key": "wm_nonsense"}, 401, "credential"),
    ("unknown mnemonic", {**FIRST_EXAMPLE, "action": "CRATE"}, {}, 422, "did you mean CREATE"),
    ("unknown id", {**FIRST_EXAMPLE, "actionId": str(uuid.UUID(int=1))}, {}, 422, "actionId"),
    ("mismatch", {**FIRST_EXAMPLE, "actionId": item_id(T, ACTION, "READ")}, {}, 422, "not the same action"),
    ("malformed JSON", b'{"resourceId":', {}, 400, "not valid JSON"),
    ("NUL in a value", {**FIRST_EXAMPLE, "interaction": {"a": "\x00"}}, {}, 422, "interaction.a"),
    ("2 MB", {**FIRST_EXAMPLE, "interaction": "x" * 2_000_000}, {}, 413, "1048576"),
    ("2 MB when unpacked", gzip.compress(b" " * 2_000_000), {"content-encoding": "gzip"}, 413, "1048576"),
    ("depth 100", b'{"resourceId":"a","interaction":' + b"[" * 100 + b"]" * 100 + b"}", {}, 422, "too deep"),
    ("bad timestamp", FIRST_EXAMPLE, {"x-interaction-timestamp": "yesterday"}, 422, "x-interaction-timestamp"),
    ("wrong content type", FIRST_EXAMPLE, {"content-type": "text/plain"}, 415, "application/json"),
    ("form", b"resourceId=1", {"content-type": "application/x-www-form-urlencoded"}, 415, "application/json"),
    ("unknown encoding", FIRST_EXAMPLE, {"content-encoding": "br"}, 415, "gzip"),
    ("broken gzip", b"not gzip", {"content-encoding": "gzip"}, 400, "gzip"),
    ("empty id", {**FIRST_EXAMPLE, "resourceId": ""}, {}, 422, "resourceId"),
    ("missing both forms", {"resourceId": "a"}, {}, 422, "resourceTypeId"),
    ("an array", b"[]", {}, 422, "object"),
    ("unprintable unit of work", FIRST_EXAMPLE, {"x-uowid": "a\tb"}, 422, "x-uowid"),
    ("foreign tenant named", FIRST_EXAMPLE, {"x-tenant-id": "other"}, 403, "tenant"),
]


@on_one_log
@pytest.mark.parametrize(
    ("raw", "headers", "status", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
async def test_bad_input_is_refused_clearly_and_costs_nothing_beside(
    surroundings: Surroundings,
    client: httpx.AsyncClient,
    raw: bytes | dict[str, Any],
    headers: dict[str, str],
    status: int,
    words: str,
) -> None:
    content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    bad = client.post(URL, content=content, headers={"content-type": "application/json", **headers})
    before, answer, after = await asyncio.gather(
        client.post(URL, json=FIRST_EXAMPLE), bad, client.post(URL, json=FIRST_EXAMPLE)
    )

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert words in json.dumps(problem)
    assert before.status_code == after.status_code == 201
    (await numbers_in(surroundings.log)).assert_gapless(up_to=2)


@on_one_log
async def test_a_viewer_may_not_record(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=FIRST_EXAMPLE, headers={"x-api-key": surroundings.tenant.viewer_key})

    assert answer.status_code == 403


async def test_a_revoked_key_stops_and_a_new_one_works_at_once(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    plain, fresh = api_key(T, "editor")
    await publish_credentials(surroundings.log, fresh)
    assert (await client.post(URL, json=FIRST_EXAMPLE, headers={"x-api-key": plain})).status_code == 201

    editor = surroundings.tenant.editor
    revoked = {name: getattr(editor, name) for name in editor.__struct_fields__}
    await publish_credentials(surroundings.log, type(editor)(**{**revoked, "version": 2, "revoked_at_ms": 1}))

    async def is_refused() -> bool:
        return (await client.post(URL, json=FIRST_EXAMPLE)).status_code == 401

    assert await eventually(is_refused)


async def test_a_new_mnemonic_works_at_once_and_an_archived_one_no_more(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    body = {**FIRST_EXAMPLE, "action": "ship"}
    assert (await client.post(URL, json=body)).status_code == 422

    await publish_reference(surroundings.log, catalog_record(T, ACTION, "SHIP"))
    assert (await client.post(URL, json=body)).json()["action"] == "SHIP"

    await publish_reference(surroundings.log, catalog_record(T, ACTION, "SHIP", version=2, archived=True))

    async def is_refused() -> bool:
        answer = await client.post(URL, json=body)
        return answer.status_code == 422 and "archived" in answer.text

    assert await eventually(is_refused)


async def test_a_name_that_cannot_be_looked_up_now_is_503(
    surroundings: Surroundings, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Any:
        raise LogUnavailable("gone")

    monkeypatch.setattr(surroundings.log, "end_offsets", away)

    unknown_name = await client.post(URL, json={**FIRST_EXAMPLE, "action": "SHIP"})
    unknown_key = await client.post(URL, json=FIRST_EXAMPLE, headers={"x-api-key": api_key(T, "editor")[0]})

    assert (unknown_name.status_code, unknown_key.status_code) == (503, 503)
    assert int(unknown_name.headers["retry-after"]) > 0


@on_one_log
async def test_a_keys_own_limit_is_429(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    plain, limited = api_key(T, "editor", rate_limit_per_minute=2)
    await publish_credentials(surroundings.log, limited)

    answers = [await client.post(URL, json=FIRST_EXAMPLE, headers={"x-api-key": plain}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[1].headers["x-ratelimit-remaining"] == "0"
    assert "retry-after" in answers[2].headers


async def test_key_uses_are_told_to_the_log(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    await client.post(URL, json=FIRST_EXAMPLE)
    await client.post(URL, json=FIRST_EXAMPLE)

    async def uses() -> list[str | None]:
        return [record.key for record in await read_topic(surroundings.log, KEY_USES)]

    assert await eventually(uses) == [f"key_use:{T}:{surroundings.tenant.editor.id}"]


@on_one_log
async def test_other_methods_and_paths_are_the_apps(client: httpx.AsyncClient) -> None:
    assert (await client.get(URL)).status_code == 405
    assert (await client.post(URL + "/")).status_code == 404
    assert (await client.get("/readyz")).json() == {"status": "ready", "failing": {}}
    assert "waymark_gateway_records_appended_total" in (await client.get("/metrics")).text


@on_one_log
async def test_openapi_documents_both_routes(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    single, batch = paths[URL]["post"], paths[URL + "/batch"]["post"]
    assert {"400", "401", "403", "409", "413", "415", "422", "429", "503", "201"} <= set(single["responses"])
    names = {parameter["name"].lower() for parameter in single["parameters"]}
    assert {"x-uowid", "x-userid", "x-interaction-timestamp", "idempotency-key", "traceparent"} <= names
    assert {"application/json", "application/x-ndjson"} <= set(batch["requestBody"]["content"])
    assert "waymark-position" in {name.lower() for name in single["responses"]["201"]["headers"]}
