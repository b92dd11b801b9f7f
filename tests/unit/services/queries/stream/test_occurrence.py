"""A record is rendered once for all streams that show it alike, and anew for those that do not."""

from __future__ import annotations

import orjson

from libs.contracts.reference import ACTION
from services.queries.interactions.schemas import InteractionStreamFilters
from services.queries.stream.interactions import STREAMED_INTERACTIONS, WantedInteractions
from services.queries.stream.occurrence import Occurrence
from tests.support.records import catalog_item, catalog_of, interaction, recorded, stored_reference


def test_an_interaction_is_shown_with_the_catalog_as_it_is_now() -> None:
    catalog = catalog_of("default")
    one, other = (WantedInteractions("default", InteractionStreamFilters(), catalog) for _ in range(2))
    occurrence = Occurrence(recorded(interaction(1)), STREAMED_INTERACTIONS.decode)
    shown = occurrence.data(one)
    assert occurrence.data(other) is shown
    catalog.apply(stored_reference(catalog_item("default", ACTION, "CREATE", version=2, icon="new")))
    assert [orjson.loads(text)["actionIcon"] for text in (shown, occurrence.data(one))] == ["i-CREATE", "new"]
