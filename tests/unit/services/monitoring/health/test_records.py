"""Results as rows: what could not have come of a match is refused by name."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libs.contracts.errors import InvalidRecord
from services.monitoring.definitions.model import VERSION
from services.monitoring.health.records import decode_entry, value_key
from tests.support.monitoring.health import recorded, result


def test_a_result_is_its_columns_and_its_values() -> None:
    one = result("a", duration_ms=150, version=3, dimensions={"origin": None, "version": "of the data"})
    entry = decode_entry(recorded(one, "acme"))
    assert (entry.tenant_id, entry.id, entry.definition_id, entry.kind) == ("acme", one.id, 1, "good")
    assert (entry.duration_ms, entry.score_millionths) == (150, 750_000)
    assert {key.dimension: value for key, value in entry.values.items()} == {"origin": None, VERSION: "3"}


def test_values_that_differ_have_keys_that_differ() -> None:
    values = [None, "", "null", "\x01null", "v" * 5_000, "v" * 5_001]
    assert len({value_key(value) for value in values}) == len(values)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcome": "errored", "cause": "stopped"}, "cause is 'stopped'"),
        ({"outcome": "errored", "cause": None}, "cause is None"),
        ({"outcome": "aborted", "cause": "timeout"}, "cause is 'timeout'"),
        ({"outcome": "completed", "cause": None}, "no category"),
        ({"score": 0.5}, "has a duration, score or category"),
        ({"id": "7"}, "expected a UUID"),
        ({"version": 0}, "expected a positive number"),
        ({"interaction_id": 2**70}, "beyond 64 bits"),
    ],
)
def test_what_no_match_ends_as_is_refused(changes: dict[str, Any], reason: str) -> None:
    spoilt = msgspec.structs.replace(result("a"), **changes)
    with pytest.raises(InvalidRecord, match=reason):
        decode_entry(recorded(spoilt))


@pytest.mark.parametrize("changes", [{"score": 2.0}, {"duration_ms": -1}, {"score": None}, {"cause": "timeout"}])
def test_a_completed_one_with_figures_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    spoilt = msgspec.structs.replace(result("a", duration_ms=5), **changes)
    with pytest.raises(InvalidRecord):
        decode_entry(recorded(spoilt))


def test_a_record_under_another_key_is_refused() -> None:
    record = recorded(result("a"))
    record.key = "default:2"
    with pytest.raises(InvalidRecord, match="the key is not default:1"):
        decode_entry(record)
