"""Which events count as failures and which as successes of their actor. Pure rules; the words are configuration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

import orjson

from services.queries.settings import QueriesSettings

_TOLD = re.compile(r"outcome|status|\\u")
_FIELDS = ("outcome", "status")


class Outcome(IntEnum):
    """An event's outcome, as the tables have it."""

    UNKNOWN = 0
    FAILURE = 1
    SUCCESS = 2


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The words that mean a failure or a success, in lower case; `revision` is raised whenever they change."""

    failures: frozenset[str]
    successes: frozenset[str]
    revision: int = 0

    @classmethod
    def of(cls, settings: QueriesSettings) -> Outcomes:
        """Return the configured words; one in both lists counts as a failure."""
        failures = frozenset(word.casefold() for word in settings.queries_event_failures)
        successes = frozenset(word.casefold() for word in settings.queries_event_successes)
        return cls(failures, successes, settings.queries_event_outcomes_revision)

    @property
    def text(self) -> str:
        """All words in one order; two configurations are the same when their texts are."""
        return f"{' '.join(sorted(self.failures))} / {' '.join(sorted(self.successes))}"

    def of_event(self, event_type: str, payload: str) -> Outcome:
        """Return an event's outcome by its type's last segment, else by the payload's `outcome`, else its `status`."""
        found = self._meaning(event_type.rpartition(".")[2])
        if found is not Outcome.UNKNOWN or not _TOLD.search(payload):
            return found
        members = orjson.loads(payload)
        said = (self._meaning(members.get(field)) for field in _FIELDS)
        return next((outcome for outcome in said if outcome is not Outcome.UNKNOWN), Outcome.UNKNOWN)

    def _meaning(self, word: object) -> Outcome:
        if not isinstance(word, str):
            return Outcome.UNKNOWN
        folded = word.casefold()
        if folded in self.failures:
            return Outcome.FAILURE
        return Outcome.SUCCESS if folded in self.successes else Outcome.UNKNOWN
