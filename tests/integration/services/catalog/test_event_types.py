"""Event types' schemas over HTTP, on real PostgreSQL: versions, what is refused, what the log learns."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from libs.contracts.envelope import decode_headers
from libs.contracts.reference import ReferenceRecord, decode_reference
from libs.contracts.topics import EVENTS, MANIFEST, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.httpkit.positions import parse_min_position
from libs.objects.republish import republish
from libs.pg.database import Database
from libs.pg.sql_files import prepare_all
from libs.service.app import create_service_app
from services.catalog.event_types.store import QUERIES
from services.catalog.kinds import OBJECT_KINDS
from services.catalog.service import SERVICE
from services.catalog.settings import CatalogSettings
from tests.support.catalog import Keys
from tests.support.objects import assert_forced_and_led_by_the_tenant, assert_only_own_rows_are_seen
from tests.support.serving import serving

URL = "/api/v1/event-types/order.shipped/schema"
CLOSED: dict[str, Any] = {
    "type": "object",
    "properties": {"carrier": {"type": "string"}},
    "additionalProperties": False,
}
WIDER: dict[str, Any] = {**CLOSED, "properties": {"carrier": {"type": "string"}, "weight": {"type": "number"}}}


async def put(client: httpx.AsyncClient, keys: Keys, schema: Any, query: str = "", url: str = URL) -> httpx.Response:
    return await client.put(url + query, json=schema, headers=keys.headers())


def references(log: MemoryEventLog) -> list[ReferenceRecord]:
    return [
        decode_reference(record.value)
        for place, partition in sorted(log.broker.partitions.items())
        for record in partition.records
        if place.topic == REFERENCE.name and record.value is not None
    ]


async def test_each_change_is_a_version_and_the_same_again_is_none(client: httpx.AsyncClient, keys: Keys) -> None:
    first = await put(client, keys, CLOSED)
    again = await put(client, keys, dict(reversed(CLOSED.items())))
    second = await put(client, keys, WIDER)
    latest = await client.get(URL, headers=keys.headers("viewer"))
    old = await client.get(f"{URL}?version=1", headers=keys.headers("viewer"))
    versions = await client.get(f"{URL}/versions?limit=1", headers=keys.headers("viewer"))

    assert [answer.status_code for answer in (first, again, second, latest, old)] == [201, 200, 200, 200, 200]
    assert [answer.json()["version"] for answer in (first, again, second, latest, old)] == [1, 1, 2, 2, 1]
    assert first.json() == {
        "eventType": "order.shipped",
        "version": 1,
        "schema": CLOSED,
        "dataschema": f"{URL}?version=1",
        "forced": False,
        "createdAt": first.json()["createdAt"],
        "createdBy": first.json()["createdBy"],
        "archivedAt": None,
    }
    assert (await client.get(second.json()["dataschema"], headers=keys.headers("viewer"))).json() == latest.json()
    assert (versions.json()["total"], [one["version"] for one in versions.json()["versions"]]) == (2, [2])


async def test_a_narrower_schema_is_refused_with_its_places_unless_forced(
    client: httpx.AsyncClient, keys: Keys
) -> None:
    await put(client, keys, WIDER)
    narrower = {**WIDER, "required": ["carrier"], "properties": {**WIDER["properties"], "weight": {"type": "integer"}}}
    refused = await put(client, keys, narrower)
    forced = await put(client, keys, narrower, "?force=true")

    assert (refused.status_code, refused.json()["code"]) == (409, "narrower_schema")
    places = [(error["loc"], error["message"]) for error in refused.json()["errors"]]
    assert places == [
        (["body", "properties", "weight", "type"], "number was valid"),
        (["body", "required"], '"carrier" was not required'),
    ]
    assert (forced.status_code, forced.json()["version"], forced.json()["forced"]) == (200, 2, True)


@pytest.mark.parametrize(
    ("schema", "loc"),
    [
        ({"type": "strin"}, ["body", "type"]),
        ({"properties": {"a": {"$ref": "https://example.com/a.json"}}}, ["body", "properties", "a", "$ref"]),
        ({"pattern": "(?=a)b"}, ["body", "pattern"]),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, ["body", "$schema"]),
    ],
    ids=["no schema", "remote", "backtracking", "another dialect"],
)
async def test_what_is_no_usable_schema_is_refused(
    client: httpx.AsyncClient, keys: Keys, schema: Any, loc: list[str]
) -> None:
    answer = await put(client, keys, schema)

    assert answer.status_code == 422
    assert [place["loc"] for place in answer.json()["detail"]] == [loc]


async def test_bodies_paths_and_callers_that_are_refused(client: httpx.AsyncClient, keys: Keys) -> None:
    statuses = [
        (await put(client, keys, "text")).status_code,
        (await put(client, keys, 1)).status_code,
        (await put(client, keys, {"description": "x" * 70_000})).status_code,
        (await put(client, keys, CLOSED, url="/api/v1/event-types/%0A/schema")).status_code,
        (await client.put(URL, json=CLOSED, headers=keys.headers("viewer"))).status_code,
        (await client.put(URL, json=CLOSED)).status_code,
        (await client.get(URL, headers=keys.headers())).status_code,
        (await client.get(f"{URL}/versions", headers=keys.headers())).status_code,
        (await client.delete(URL, headers=keys.headers())).status_code,
    ]

    assert statuses == [422, 422, 413, 422, 403, 401, 404, 404, 404]


async def test_an_archived_schema_is_kept_and_taken_up_again(client: httpx.AsyncClient, keys: Keys) -> None:
    await put(client, keys, CLOSED)
    archived = [(await client.delete(URL, headers=keys.headers())).status_code for _ in range(2)]
    shown = (await client.get(URL, headers=keys.headers())).json()
    lists = [
        (await client.get(url, headers=keys.headers())).json()
        for url in ("/api/v1/event-types", "/api/v1/event-types?archived=true")
    ]
    again = await put(client, keys, CLOSED)

    assert archived == [204, 204]
    assert shown["archivedAt"] is not None
    assert [[one["eventType"] for one in found["eventTypes"]] for found in lists] == [[], ["order.shipped"]]
    assert [found["total"] for found in lists] == [0, 1]
    assert (again.json()["version"], again.json()["archivedAt"]) == (1, None)


async def test_only_so_many_event_types_have_a_schema(
    settings: CatalogSettings, log: MemoryEventLog, keys: Keys
) -> None:
    bounded = settings.model_copy(update={"catalog_event_types_max": 2})
    async with serving(create_service_app(SERVICE, bounded, log=log)) as client:

        async def status(name: str, schema: Any = CLOSED) -> int:
            return (await put(client, keys, schema, url=f"/api/v1/event-types/{name}/schema")).status_code

        assert [await status(name) for name in ("a", "b", "c")] == [201, 201, 409]
        refused = await put(client, keys, CLOSED, url="/api/v1/event-types/c/schema")
        assert "2 event types" in refused.text
        assert await status("a", WIDER) == 200
        assert (await client.delete("/api/v1/event-types/a/schema", headers=keys.headers())).status_code == 204
        assert [await status(name) for name in ("c", "a", "c")] == [201, 409, 200]
        elsewhere = await client.put("/api/v1/event-types/a/schema", json=CLOSED, headers=keys.other_headers)
        assert elsewhere.status_code == 201


async def test_the_log_learns_every_change(client: httpx.AsyncClient, keys: Keys, log: MemoryEventLog) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {**keys.headers(), "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    first = await client.put(URL, json=CLOSED, headers=headers)
    await put(client, keys, CLOSED)
    await client.delete(URL, headers=headers)
    await put(client, keys, WIDER)
    envelopes = [
        decode_headers(record.headers)
        for place, partition in sorted(log.broker.partitions.items())
        for record in partition.records
        if place.topic == EVENTS.name
    ]

    assert parse_min_position(first.headers["waymark-position"], await log.identity())
    states = [(record.version, record.archived, record.data["version"]) for record in references(log)]
    assert states == [(1, False, 1), (2, True, 1), (3, False, 2)]
    assert sorted(envelope.type for envelope in envelopes) == [
        "event_type_schema.archived",
        "event_type_schema.registered",
        "event_type_schema.registered",
    ]
    assert {(envelope.resource_type, envelope.subject) for envelope in envelopes} == {
        ("event_type_schema", "order.shipped")
    }
    correlations = {envelope.correlation_id for envelope in envelopes}
    assert len(correlations) == 2
    assert trace in correlations
    assert None not in correlations
    assert {envelope.actor_type for envelope in envelopes} == {"api_key"}


async def test_tenants_are_apart(client: httpx.AsyncClient, keys: Keys, request_db: Database) -> None:
    await put(client, keys, CLOSED)
    await client.put(URL, json={"type": "array"}, headers=keys.other_headers)

    assert (await client.get(URL, headers=keys.headers())).json()["schema"] == CLOSED
    assert (await client.get(URL, headers=keys.other_headers)).json()["schema"] == {"type": "array"}
    for table in ("event_types", "event_type_schemas"):
        await assert_only_own_rows_are_seen(request_db, table, "acme")


@pytest.mark.parametrize("table", ["event_types", "event_type_schemas"])
async def test_policies_are_forced(projector_db: Database, table: str) -> None:
    await assert_forced_and_led_by_the_tenant(projector_db, f"catalog.{table}")


async def test_every_statement_fits_the_schema(projector_db: Database) -> None:
    async with projector_db.acquire() as conn:
        assert await prepare_all(conn, [QUERIES]) == len(QUERIES)


async def test_a_topic_that_lost_a_schema_gets_it_again(
    client: httpx.AsyncClient, keys: Keys, projector_db: Database
) -> None:
    await put(client, keys, CLOSED)
    empty = MemoryEventLog()
    await empty.start()
    await empty.ensure_topics(MANIFEST)

    assert await republish(empty, projector_db, OBJECT_KINDS) == 1
