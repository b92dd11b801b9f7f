"""The catalog's routes over HTTP, on real PostgreSQL: shapes, rules, versions, what the log learns."""

from __future__ import annotations

import re
import uuid
from typing import Any

import httpx
import pytest

from libs.contracts.envelope import decode_headers
from libs.contracts.topics import EVENTS, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import TopicPartition
from libs.httpkit.positions import parse_min_position
from libs.pg.database import Database
from libs.service.app import create_service_app
from services.catalog.model import KINDS, Kind
from services.catalog.reactor import StarterSets, TenantCreated
from services.catalog.service import SERVICE
from services.catalog.settings import CatalogSettings
from tests.support.catalog import Keys, references
from tests.support.objects import assert_old_receipts_are_removed
from tests.support.serving import serving

INVOICE = {
    "title": "Invoice",
    "mnemonic": "INVOICE",
    "description": "A bill",
    "icon": "🧾",
    "fontColorHex": "#fff",
    "bgColorHex": "#0ea5e9",
}


async def define(client: httpx.AsyncClient, keys: Keys, path: str = "/api/actions", **changes: Any) -> dict[str, Any]:
    answer = await client.post(path, json={**INVOICE, **changes}, headers=keys.headers())
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def event_types(log: MemoryEventLog) -> list[str]:
    return [
        decode_headers(record.headers).type
        for place, partition in sorted(log.broker.partitions.items())
        for record in partition.records
        if place.topic == EVENTS.name
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_an_item_is_defined_read_changed_and_archived(client: httpx.AsyncClient, keys: Keys, kind: Kind) -> None:
    created = await client.post(kind.path, json=INVOICE, headers=keys.headers())
    item_id = created.json()[kind.id_field]
    url = f"{kind.path}/{item_id}"
    read = await client.get(url, headers=keys.headers("viewer"))
    changed = await client.put(url, json={"title": "Bill", "mnemonic": "BILL"}, headers=keys.headers())
    archived = await client.delete(url, headers=keys.headers())
    afterwards = await client.get(url, headers=keys.headers("viewer"))

    assert [answer.status_code for answer in (created, read, changed, archived, afterwards)] == [
        201,
        200,
        200,
        204,
        200,
    ]
    assert created.json() == read.json()
    stamp = created.json()["createdDate"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
    assert created.json() == {
        kind.id_field: str(uuid.UUID(item_id)),
        **INVOICE,
        "isSystem": False,
        "createdDate": stamp,
        "modifiedDate": stamp,
        "archivedDate": None,
        "version": 1,
    }
    assert (changed.json()["title"], changed.json()["icon"], changed.json()["version"]) == ("Bill", None, 2)
    assert changed.json()["modifiedDate"] >= stamp
    assert archived.content == b""
    assert afterwards.json()["archivedDate"] is not None
    assert afterwards.json()["version"] == 3


async def test_the_log_learns_every_change(client: httpx.AsyncClient, keys: Keys, log: MemoryEventLog) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {**keys.headers(), "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    created = await client.post("/api/actions", json=INVOICE, headers=headers)
    known = await references(log)
    item_id = created.json()["actionId"]
    await client.put(f"/api/actions/{item_id}", json={**INVOICE, "title": "Bill"}, headers=keys.headers())
    await client.put(f"/api/actions/{item_id}", json={**INVOICE, "title": "Bill"}, headers=keys.headers())
    await client.delete(f"/api/actions/{item_id}", headers=keys.headers())
    await client.delete(f"/api/actions/{item_id}", headers=keys.headers())
    latest = await references(log)

    assert known[item_id].data["mnemonic"] == "INVOICE"
    assert (known[item_id].kind, known[item_id].version, known[item_id].archived) == ("action", 1, False)
    assert (latest[item_id].version, latest[item_id].archived) == (3, True)
    assert sorted(event_types(log)) == ["action.archived", "action.created", "action.updated"]
    envelope = next(
        decode_headers(record.headers)
        for place, partition in log.broker.partitions.items()
        for record in partition.records
        if place.topic == EVENTS.name and decode_headers(record.headers).type == "action.created"
    )
    assert (envelope.source, envelope.subject) == ("waymark/acme/catalog", item_id)
    assert (envelope.actor_type, envelope.correlation_id) == ("api_key", trace)


async def test_a_write_says_where_the_log_has_it(client: httpx.AsyncClient, keys: Keys, log: MemoryEventLog) -> None:
    answer = await client.post("/api/actions", json=INVOICE, headers=keys.headers())

    position = parse_min_position(answer.headers["waymark-position"], await log.identity())

    ends = await log.end_offsets([REFERENCE])
    assert position[REFERENCE.name, 0] == ends[TopicPartition(REFERENCE.name, 0)]
    assert {topic for topic, _ in position} == {REFERENCE.name, EVENTS.name}


async def test_lists_are_flat_or_paged(client: httpx.AsyncClient, keys: Keys) -> None:
    for mnemonic in ("PAY", "BUY", "SELL"):
        await define(client, keys, mnemonic=mnemonic, title=f"To {mnemonic.lower()}")

    flat = await client.get("/api/actions", headers=keys.headers("viewer"))
    paged = await client.get("/api/actions", params={"page": 2, "limit": 2}, headers=keys.headers("viewer"))

    assert [item["mnemonic"] for item in flat.json()] == ["BUY", "PAY", "SELL"]
    assert [item["mnemonic"] for item in paged.json()["data"]] == ["SELL"]
    assert paged.json()["pagination"] | {"nextCursor": None} == {
        "page": 2,
        "limit": 2,
        "total": 3,
        "totalPages": 2,
        "hasNext": False,
        "hasPrev": True,
        "nextCursor": None,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"mnemonic": "pay"}, ["PAY"]),
        ({"mnemonic": "nothing"}, []),
        ({"search": "to B"}, ["BUY"]),
        ({"search": "%"}, []),
        ({"archived": "true"}, ["SELL"]),
        ({"archived": "all"}, ["BUY", "PAY", "SELL"]),
        ({"archived": "all", "page": "1", "limit": "1"}, ["BUY"]),
        ({"unknown": "x"}, ["BUY", "PAY"]),
    ],
)
async def test_lists_are_filtered(
    client: httpx.AsyncClient, keys: Keys, query: dict[str, str], expected: list[str]
) -> None:
    for mnemonic in ("PAY", "BUY", "SELL"):
        item = await define(client, keys, mnemonic=mnemonic, title=f"To {mnemonic.lower()}")
    await client.delete(f"/api/actions/{item['actionId']}", headers=keys.headers())

    found = (await client.get("/api/actions", params=query, headers=keys.headers("viewer"))).json()

    items = found["data"] if isinstance(found, dict) else found
    assert [item["mnemonic"] for item in items] == expected
    if "page" not in query:
        page = (await client.get("/api/actions", params={**query, "page": "1"}, headers=keys.headers())).json()
        assert page["pagination"]["total"] == len(expected)


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "1", "limit": "101"}, {"archived": "maybe"}])
async def test_what_is_out_of_range_is_refused(client: httpx.AsyncClient, keys: Keys, query: dict[str, str]) -> None:
    assert (await client.get("/api/actions", params=query, headers=keys.headers())).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mnemonic": ""}, "mnemonic"),
        ({"mnemonic": "A B"}, "mnemonic"),
        ({"mnemonic": "_A"}, "mnemonic"),
        ({"mnemonic": "A" * 65}, "mnemonic"),
        ({"mnemonic": "A\n"}, "mnemonic"),
        ({"mnemonic": None}, "mnemonic"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"fontColorHex": "fff"}, "fontColorHex"),
        ({"fontColorHex": "#ffff"}, "fontColorHex"),
        ({"bgColorHex": "#ggg"}, "bgColorHex"),
        ({"icon": ""}, "icon"),
        ({"icon": 5}, "icon"),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, keys: Keys, change: dict[str, Any], field: str
) -> None:
    answer = await client.post("/api/origins", json={**INVOICE, **change}, headers=keys.headers())

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_mnemonic_is_taken_whatever_its_case_and_after_archiving(client: httpx.AsyncClient, keys: Keys) -> None:
    item = await define(client, keys)
    other = await define(client, keys, mnemonic="OTHER")
    again = await client.post("/api/actions", json={**INVOICE, "mnemonic": "invoice"}, headers=keys.headers())
    renamed = await client.put(
        f"/api/actions/{other['actionId']}", json={**INVOICE, "mnemonic": "Invoice"}, headers=keys.headers()
    )
    await client.delete(f"/api/actions/{item['actionId']}", headers=keys.headers())
    archived = await client.post("/api/actions", json=INVOICE, headers=keys.headers())
    elsewhere = await client.post("/api/origins", json=INVOICE, headers=keys.headers())

    assert [answer.status_code for answer in (again, renamed, archived, elsewhere)] == [409, 409, 409, 201]
    assert {answer.json()["code"] for answer in (again, renamed, archived)} == {"mnemonic_taken"}
    assert "archived" in archived.json()["detail"]


async def test_an_archived_item_stays_as_it_is(client: httpx.AsyncClient, keys: Keys) -> None:
    item = await define(client, keys)
    url = f"/api/actions/{item['actionId']}"
    await client.delete(url, headers=keys.headers())

    changed = await client.put(url, json={**INVOICE, "title": "x"}, headers=keys.headers())

    assert (changed.status_code, changed.json()["code"]) == (409, "archived_item")


async def test_system_items_never_change(client: httpx.AsyncClient, keys: Keys, projector_db: Database) -> None:
    async with projector_db.transaction() as conn:
        await StarterSets().react(conn, [TenantCreated("acme", "e1", "c1")])
    found = await client.get("/api/actions", params={"mnemonic": "create"}, headers=keys.headers())
    url = f"/api/actions/{found.json()[0]['actionId']}"

    changed = await client.put(url, json={**INVOICE, "title": "x"}, headers=keys.headers("admin"))
    deleted = await client.delete(url, headers=keys.headers("admin"))

    assert found.json()[0]["isSystem"] is True
    assert (changed.status_code, deleted.status_code) == (409, 409)
    assert changed.json()["code"] == "system_item"


async def test_a_caller_cannot_make_a_system_item(client: httpx.AsyncClient, keys: Keys) -> None:
    assert (await define(client, keys, isSystem=True))["isSystem"] is False


async def test_a_repeat_creates_nothing(client: httpx.AsyncClient, keys: Keys) -> None:
    headers = {**keys.headers(), "Idempotency-Key": "k1"}

    first = await client.post("/api/actions", json=INVOICE, headers=headers)
    again = await client.post("/api/actions", json=INVOICE, headers=headers)
    other_body = await client.post("/api/actions", json={**INVOICE, "title": "x"}, headers=headers)
    other_path = await client.post("/api/origins", json=INVOICE, headers=headers)
    other_tenant = await client.post(
        "/api/actions", json=INVOICE, headers={**keys.other_headers, "Idempotency-Key": "k1"}
    )

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["waymark-position"] == first.headers["waymark-position"]
    assert (other_body.status_code, other_path.status_code, other_tenant.status_code) == (422, 422, 201)


async def test_a_refused_request_frees_its_key(client: httpx.AsyncClient, keys: Keys) -> None:
    item = await define(client, keys)
    headers = {**keys.headers(), "Idempotency-Key": "k1"}
    refused = await client.post("/api/actions", json=INVOICE, headers=headers)

    accepted = await client.post("/api/actions", json={**INVOICE, "mnemonic": "NEW"}, headers=headers)

    assert (refused.status_code, accepted.status_code) == (409, 201)
    assert accepted.json()["actionId"] != item["actionId"]


async def test_receipts_that_are_too_old_are_removed(
    settings: CatalogSettings, log: MemoryEventLog, keys: Keys, projector_db: Database
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        await client.post("/api/actions", json=INVOICE, headers={**keys.headers(), "Idempotency-Key": "k1"})
    await assert_old_receipts_are_removed(projector_db, lambda: serving(create_service_app(SERVICE, settings, log=log)))


async def test_another_tenants_items_do_not_exist(client: httpx.AsyncClient, keys: Keys) -> None:
    item = await define(client, keys)
    url = f"/api/actions/{item['actionId']}"
    other = keys.other_headers

    answers = [
        await client.get(url, headers=other),
        await client.put(url, json=INVOICE, headers=other),
        await client.delete(url, headers=other),
        await client.get(f"/api/origins/{item['actionId']}", headers=keys.headers()),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await client.get("/api/actions", params={"archived": "all"}, headers=other)).json() == []
    assert (await client.get(url, headers=keys.headers())).json() == item


async def test_an_id_that_is_none_is_refused(client: httpx.AsyncClient, keys: Keys) -> None:
    assert (await client.get("/api/actions/nothing", headers=keys.headers())).status_code == 422


async def test_a_slow_log_does_not_fail_a_write(
    client: httpx.AsyncClient, keys: Keys, log: MemoryEventLog, projector_db: Database
) -> None:
    log.broker.available = False

    answer = await client.post("/api/actions", json=INVOICE, headers=keys.headers())

    assert answer.status_code == 201
    assert "waymark-position" not in answer.headers
    log.broker.available = True


@pytest.mark.parametrize(
    ("role", "statuses"),
    [(None, [401] * 5), ("viewer", [200, 200, 403, 403, 403]), ("editor", [200, 200, 201, 200, 204])],
)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_roles_and_routes(
    client: httpx.AsyncClient, keys: Keys, kind: Kind, role: str | None, statuses: list[int]
) -> None:
    item = await define(client, keys, kind.path)
    url = f"{kind.path}/{item[kind.id_field]}"
    headers = {} if role is None else keys.headers(role)
    body = {**INVOICE, "mnemonic": "NEXT"}

    answers = [
        await client.get(kind.path, headers=headers),
        await client.get(url, headers=headers),
        await client.post(kind.path, json=body, headers=headers),
        await client.put(url, json={**INVOICE, "title": "x"}, headers=headers),
        await client.delete(url, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == statuses
