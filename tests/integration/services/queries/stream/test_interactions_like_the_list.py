"""A stream of interactions takes what the list finds with the same filters, and shows it as the list does."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_ms
from services.queries.interactions.model import Criteria, PageRequest
from services.queries.interactions.schemas import InteractionStreamFilters
from services.queries.stream.interactions import STREAMED_INTERACTIONS, WantedInteractions
from services.queries.stream.occurrence import Occurrence
from tests.support.queries.history import World
from tests.support.records import START_MS, catalog_item, catalog_of, interaction, recorded, stored_reference, voided

LONG = "ä" * 700
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {RESOURCE_TYPE: "PAYMENT", "resource_id": LONG, "user_id": "ann", "json": b'{"a" :\r\n 1.50}'},
    {ACTION: "DELETE", "external_reference": "ref-1", "span_id": "s-1", "parent_span_id": "s-0", "sequence_index": 3},
    {ORIGIN: "API", "uow_id": LONG, "interaction_timestamp": format_ms(START_MS - 5), "json": b"null"},
    {"resource_id": "\x01" + "0" * 64, "user_id": LONG[:-1]},
)
FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"resourceType": "payment"},
    {"action": "Delete"},
    {"origin": "API"},
    {"origin": "NOWHERE"},
    {"resourceId": LONG},
    {"resourceId": "order-1", "action": "CREATE"},
    {"userId": LONG[:-1]},
    {"userId": LONG},
    {"uowId": LONG},
    {"externalReference": "ref-1", "origin": "WEBAPP"},
    {"resourceType": "BILL"},
    {"resourceType": "FILE"},
)


async def test_a_stream_takes_and_shows_what_the_list_does(world: World) -> None:
    records = [recorded(interaction(number, **changes)) for number, changes in enumerate(CHANGES, 1)]
    records += [voided(len(records) + 1), recorded(interaction(1, "acme"), "acme")]
    await world.apply(records)
    catalog = catalog_of("default", "acme")
    payment = catalog_item("default", RESOURCE_TYPE, "PAYMENT", version=2, icon="bill")
    renamed = msgspec.structs.replace(payment, data={**payment.data, "mnemonic": "BILL"})
    catalog.apply(stored_reference(renamed))
    history = world.history(catalog)
    for filters in FILTERS:
        asked = InteractionStreamFilters.model_validate(filters)
        found = await history.find("default", Criteria(**asked.model_dump()), PageRequest(0, 100), 1)
        wanted = WantedInteractions("default", asked, catalog)
        streamed = [Occurrence(record, STREAMED_INTERACTIONS.decode) for record in records]
        taken = [orjson.loads(one.data(wanted)) for one in streamed if one.is_for(wanted)]
        assert taken == orjson.loads(orjson.dumps(found.items[::-1])), filters
        assert len(taken) == found.total
