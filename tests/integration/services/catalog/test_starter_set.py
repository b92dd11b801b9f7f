"""New tenants get their starter set from the log, exactly once, whoever claims what."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from libs.contracts.events import SYSTEM, Cause
from libs.contracts.topics import EVENTS, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.objects.changes import Changes
from libs.pg.database import Connection, Database
from libs.projections.runner import ProjectionRunner
from libs.service.app import create_service_app
from services.catalog.model import ACTIONS, KINDS, Draft
from services.catalog.reactor import StarterSets, TenantCreated
from services.catalog.rules import create, ensure_starter_set
from services.catalog.service import SERVICE
from services.catalog.settings import CatalogSettings
from services.catalog.starter_set import STARTER_SET
from tests.support.catalog import Keys, publish_tenant_created, reacting, references
from tests.support.projections import FAST, running
from tests.support.serving import serving
from tests.support.waiting import eventually

SIZE = sum(len(drafts) for _, drafts in STARTER_SET)


async def count_items(db: Database) -> int:
    async with db.transaction() as conn:
        count: int = await conn.fetchval("SELECT count(*) FROM items")
        return count


async def test_a_new_tenant_starts_with_the_set_and_the_service_becomes_ready(
    settings: CatalogSettings, log: MemoryEventLog, keys: Keys, projector_db: Database
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client, reacting(log, projector_db):
        before = await client.get("/readyz")
        await publish_tenant_created(log, "acme")
        await publish_tenant_created(log, "other")

        async def ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await eventually(ready)
        listed = {
            kind.name: [item["mnemonic"] for item in (await client.get(kind.path, headers=keys.headers())).json()]
            for kind in KINDS
        }
        order = (await client.get("/api/resource-types?mnemonic=order", headers=keys.headers("viewer"))).json()[0]

    assert before.status_code == 503
    assert "starter_sets" in before.json()["failing"]
    assert listed == {
        "resource_type": ["DOCUMENT", "FILE", "ORDER", "PAYMENT", "USER", "WORKFLOW"],
        "action": [
            *("ADDED", "CANCELLED", "COMPLETED", "CREATE", "DELETE", "DELETED"),
            *("FAILED", "MODIFIED", "READ", "RENAMED", "UPDATE"),
        ],
        "origin": ["API", "CLI", "GIT", "MOBILE", "SDK", "WEBAPP", "WORKFLOW"],
    }
    assert (order["icon"], order["fontColorHex"], order["bgColorHex"]) == ("📦", "#fff", "#f59e0b")
    known = await references(log)
    assert {record.data["mnemonic"] for record in known.values() if record.tenant_id == "acme"} == {
        mnemonic for mnemonics in listed.values() for mnemonic in mnemonics
    }


async def test_the_same_event_again_changes_nothing(log: MemoryEventLog, projector_db: Database) -> None:
    async with reacting(log, projector_db) as runner:
        for _ in range(3):
            await publish_tenant_created(log, "acme")
        await eventually(lambda: runner.figures.applied == 3)

    assert await count_items(projector_db) == SIZE
    async with projector_db.transaction() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outbox WHERE topic = $1", REFERENCE.name) == SIZE
        assert await conn.fetchval("SELECT count(*) FROM outbox WHERE topic = $1", EVENTS.name) == SIZE


async def test_a_start_gives_tenants_what_was_added_to_the_set_since(
    settings: CatalogSettings, log: MemoryEventLog, keys: Keys, projector_db: Database
) -> None:
    async with reacting(log, projector_db) as runner:
        await publish_tenant_created(log, "acme")
        await eventually(lambda: runner.figures.applied == 1)
    async with projector_db.transaction() as conn:
        await conn.execute("DELETE FROM items WHERE mnemonic IN ('WORKFLOW', 'COMPLETED', 'FAILED')")
        await conn.execute("DELETE FROM outbox")  # nothing of the set has been published
        own = Draft(title="Finished", mnemonic="Completed")
        await create(Changes().begin_by_itself(conn, "acme"), ACTIONS, own)
    async with serving(create_service_app(SERVICE, settings, log=log)):

        async def are_published() -> bool:
            added = {record.data["mnemonic"] for record in (await references(log)).values()}
            return {"WORKFLOW", "FAILED", "Completed"} <= added and "COMPLETED" not in added

        await eventually(are_published)

    assert await count_items(projector_db) == SIZE


class _ModelOfStarterSets(StarterSets):
    """The starter sets as earlier versions kept them: a read model without tables."""

    version = 1
    ddl = ""
    finishing_ddl = ""

    async def apply(self, conn: Connection, events: Sequence[TenantCreated]) -> None:
        await self.react(conn, events)

    async def fill(self, conn: Connection, events: Sequence[TenantCreated]) -> None:
        await self.apply(conn, events)


async def test_it_goes_on_where_the_model_of_an_earlier_version_stood(
    log: MemoryEventLog, projector_db: Database
) -> None:
    await publish_tenant_created(log, "acme")
    model = ProjectionRunner(log, projector_db, _ModelOfStarterSets(), member="test", settings=FAST)
    async with running(model):
        await eventually(lambda: model.figures.applied == 1)
    await publish_tenant_created(log, "other")
    async with reacting(log, projector_db) as runner:
        await eventually(lambda: runner.figures.applied == 1)

    assert await count_items(projector_db) == 2 * SIZE
    async with projector_db.transaction() as conn:
        assert await conn.fetchval("SELECT sum(applied) FROM starter_sets_positions") == 2
        assert await conn.fetchval("SELECT to_regnamespace('catalog_starter_sets_g1') IS NULL")
        assert not await conn.fetch("SELECT FROM projections.generations")


async def test_a_producers_event_of_that_name_is_no_tenant(log: MemoryEventLog, projector_db: Database) -> None:
    async with reacting(log, projector_db) as runner:
        await publish_tenant_created(log, "forged", service="events")
        await eventually(lambda: runner.figures.applied == 1)

    assert await count_items(projector_db) == 0


async def test_events_say_which_event_caused_them(projector_db: Database) -> None:
    async with projector_db.transaction() as conn:
        cause = Cause(actor=SYSTEM, correlation_id="c", causation_id="e")
        change = Changes().begin(conn, "acme", cause)
        await ensure_starter_set(change)
        headers = await conn.fetch("SELECT headers FROM outbox WHERE topic = $1", EVENTS.name)

    assert len(change.outbox_ids) == 2 * SIZE
    assert all(b"ce_causationid" in row["headers"] for row in headers)


async def test_what_the_topic_lost_is_published_again(
    settings: CatalogSettings, log: MemoryEventLog, keys: Keys, projector_db: Database
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        body = {"title": "Invoice", "mnemonic": "INVOICE"}
        kept = (await client.post("/api/actions", json=body, headers=keys.headers())).json()
        await client.put(f"/api/actions/{kept['actionId']}", json={**body, "title": "Bill"}, headers=keys.headers())
    for place, partition in log.broker.partitions.items():
        if place.topic == REFERENCE.name:
            log.broker.delete_before(place, partition.end)
    assert await references(log) == {}

    async with serving(create_service_app(SERVICE, settings, log=log)):

        async def is_back() -> bool:
            return kept["actionId"] in await references(log)

        await eventually(is_back)

    record = (await references(log))[kept["actionId"]]
    assert (record.version, record.data["title"]) == (2, "Bill")


async def test_what_the_topic_has_is_not_published_again(
    settings: CatalogSettings, log: MemoryEventLog, keys: Keys
) -> None:
    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        body = {"title": "Invoice", "mnemonic": "INVOICE"}
        await client.post("/api/actions", json=body, headers=keys.headers())
    ends = await log.end_offsets([REFERENCE])

    async with serving(create_service_app(SERVICE, settings, log=log)) as client:
        second = await client.post("/api/actions", json={**body, "mnemonic": "B"}, headers=keys.headers())

    assert second.status_code == 201
    assert sum((await log.end_offsets([REFERENCE])).values()) == sum(ends.values()) + 1


def test_the_set_holds_what_the_reference_api_shows() -> None:
    drafts = {draft.mnemonic: draft for _, of_kind in STARTER_SET for draft in of_kind}

    assert (drafts["CREATE"].icon, drafts["WEBAPP"].icon) == ("➕", "🌐")
    assert all(draft.icon and draft.bg_color_hex and draft.title for draft in drafts.values())


async def test_openapi_describes_every_route_with_an_example(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    for kind in KINDS:
        assert set(document["paths"][kind.path]) == {"get", "post"}
        assert set(document["paths"][kind.path + "/{itemId}"]) == {"get", "put", "delete"}
    assert document["components"]["schemas"]["ItemIn"]["example"]
    assert document["components"]["schemas"]["ActionOut"]["example"]["actionId"]
