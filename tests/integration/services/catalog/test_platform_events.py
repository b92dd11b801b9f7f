"""Every writing route of the catalog leaves its event in the log: what happened, who did it, in which correlation."""

from __future__ import annotations

import functools

import httpx
import pytest

from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.service.app import create_service_app
from services.catalog.model import KINDS
from services.catalog.service import SERVICE
from services.catalog.settings import CatalogSettings
from services.catalog.starter_set import SYSTEM_MNEMONICS
from tests.support.catalog import Keys, publish_tenant_created, reacting
from tests.support.platform_events import (
    TRACED,
    Step,
    assert_leaves_its_events,
    events_of,
    uncorrelated,
    writing_routes,
)
from tests.support.waiting import eventually

ITEM = {"title": "Invoice", "mnemonic": "INVOICE"}
SCHEMA_URL = "/api/v1/event-types/order.shipped/schema"


async def test_every_writing_route_leaves_its_event(
    client: httpx.AsyncClient, keys: Keys, log: MemoryEventLog, settings: CatalogSettings
) -> None:
    headers = {**keys.headers(), **TRACED}
    send = functools.partial(client.request, headers=headers)
    walked: set[tuple[str, str]] = set()

    async def walk(method: str, path: str, url: str, event_type: str, body: object = None) -> None:
        step: Step = (lambda: send(method, url, json=body), [event_type])
        await assert_leaves_its_events(log, step)
        walked.add((method, path))

    for kind in KINDS:
        await walk("post", kind.path, kind.path, f"{kind.name}.created", ITEM)
        item_id = (await client.get(kind.path, headers=keys.headers())).json()[0][kind.id_field]
        path, url = f"{kind.path}/{{itemId}}", f"{kind.path}/{item_id}"
        await walk("put", path, url, f"{kind.name}.updated", {**ITEM, "title": "Bill"})
        await walk("delete", path, url, f"{kind.name}.archived")
    path = "/api/v1/event-types/{eventType}/schema"
    await walk("put", path, SCHEMA_URL, "event_type_schema.registered", {"type": "object"})
    await walk("delete", path, SCHEMA_URL, "event_type_schema.archived")

    assert walked == writing_routes(create_service_app(SERVICE, settings, log=log).openapi())


async def test_a_change_without_a_trace_has_a_correlation_of_its_own(
    client: httpx.AsyncClient, keys: Keys, log: MemoryEventLog
) -> None:
    for mnemonic in ("ONE", "TWO"):
        body = {"title": "Own", "mnemonic": mnemonic}
        await client.post("/api/actions", json=body, headers={**keys.headers(), "x-request-id": "same"})

    await eventually(lambda: len(events_of(log)) == 2)
    assert len({envelope.correlation_id for envelope in events_of(log)}) == 2
    assert not uncorrelated(log)


@pytest.mark.usefixtures("client")
async def test_the_starter_set_names_the_tenants_creation_as_its_cause(
    log: MemoryEventLog, projector_db: Database
) -> None:
    await publish_tenant_created(log, "acme")
    async with reacting(log, projector_db):
        await eventually(lambda: len(events_of(log)) == 1 + len(SYSTEM_MNEMONICS))
    created, *items = sorted(events_of(log), key=lambda envelope: envelope.type != "tenant.created")

    assert {envelope.causation_id for envelope in items} == {created.id}
    assert {envelope.correlation_id for envelope in items} == {created.correlation_id}
    assert {(envelope.actor_id, envelope.actor_type) for envelope in items} == {("waymark", "system")}
