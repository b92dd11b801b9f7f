"""Tables and version of a read model change together: a generation of other tables is of another version."""

from __future__ import annotations

from hashlib import sha256

from services.queries.events.outcomes import Outcomes
from services.queries.events.projection import STRUCTURE, EventsProjection
from services.queries.interactions.projection import HistoryProjection
from services.queries.settings import QueriesSettings

FINGERPRINTS = {5: "1a52db7bdd8d0af1"}


def test_a_change_of_the_tables_is_a_new_version() -> None:
    history = HistoryProjection()
    fingerprint = sha256((history.ddl + history.finishing_ddl).encode()).hexdigest()[:16]
    assert FINGERPRINTS.get(history.version) == fingerprint, (
        "raise HistoryProjection.version and note the new fingerprint here"
    )


EVENTS_FINGERPRINTS = {4: "398211e635527397"}


def test_a_change_of_the_events_tables_is_a_new_structure() -> None:
    events = EventsProjection(Outcomes.of(QueriesSettings()))
    fingerprint = sha256((events.ddl + events.finishing_ddl).encode()).hexdigest()[:16]
    assert EVENTS_FINGERPRINTS.get(STRUCTURE) == fingerprint, "raise STRUCTURE and note the new fingerprint here"


def test_other_words_for_outcomes_are_another_version() -> None:
    versions = [EventsProjection(Outcomes(frozenset(), frozenset(), revision)).version for revision in (0, 1, 2)]
    assert versions == [STRUCTURE * 10_000, STRUCTURE * 10_000 + 1, STRUCTURE * 10_000 + 2]
