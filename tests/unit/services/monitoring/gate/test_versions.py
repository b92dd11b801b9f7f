"""Versions in memory are those of the tables, whatever is looked up when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from libs.pg.database import Connection
from services.monitoring.definitions.model import VersionInForce, judged_until_ms
from services.monitoring.gate.versions import VersionsInForce
from tests.support.monitoring.definitions import definition, in_force, succession

HOUR_MS = 3_600_000
NOBODY = cast(Connection, None)


class Tables:
    """Versions with the revision that brought each as it is, and what was looked up."""

    def __init__(self) -> None:
        self.number = 0
        self.rows: dict[tuple[str, int, int], tuple[int, VersionInForce]] = {}
        self.look_ups: list[int] = []

    def change(self, *versions: VersionInForce) -> None:
        self.number += 1
        for one in versions:
            self.rows[one.tenant_id, one.definition_id, one.version] = (self.number, one)

    async def revision(self, _: Connection) -> int:
        return self.number

    async def versions_since(self, _: Connection, revision: int, /, *, oldest_ms: int) -> Sequence[VersionInForce]:
        self.look_ups.append(revision)
        return [one for at, one in self.rows.values() if at > revision and judged_until_ms(one, 0) > oldest_ms]


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def versions(tables: Tables) -> VersionsInForce:
    return VersionsInForce(tables.revision, tables.versions_since, watermark_ms=0)


async def names(versions: VersionsInForce, at_ms: int, *wanted: str) -> list[str]:
    index = await versions.index(NOBODY, at_ms)
    return [name for name in wanted if index.find("default", name)]


async def test_a_change_is_known_at_the_next_look(tables: Tables, versions: VersionsInForce) -> None:
    tables.change(in_force(definition("A")))
    before = await names(versions, 0, "A", "B")
    tables.change(in_force(definition("B"), definition_id=2))

    assert (before, await names(versions, 0, "A", "B")) == (["A"], ["A", "B"])
    assert tables.look_ups == [0, 1]


async def test_nothing_is_looked_up_twice_while_nothing_changes(tables: Tables, versions: VersionsInForce) -> None:
    tables.change(in_force(definition("A")))

    for at_ms in (10 * HOUR_MS, 10 * HOUR_MS - 1, 9 * HOUR_MS, 11 * HOUR_MS):
        assert await names(versions, at_ms, "A") == ["A"]
    assert tables.look_ups == [0]


async def test_older_records_are_judged_by_the_versions_of_their_time(
    tables: Tables, versions: VersionsInForce
) -> None:
    one, two = succession(definition("A"), definition("B"), starts_ms=(0, HOUR_MS))
    tables.change(one, two)

    assert await names(versions, 10 * HOUR_MS, "A", "B") == ["B"]
    assert await names(versions, HOUR_MS - 1, "A", "B") == ["A", "B"]
    assert tables.look_ups == [0, 0]


async def test_what_judges_nothing_any_more_is_forgotten_and_found_again(
    tables: Tables, versions: VersionsInForce
) -> None:
    ends: dict[str, Any] = {"to_ms": HOUR_MS, "ended_ms": HOUR_MS}
    tables.change(in_force(definition("A"), **ends), in_force(definition("A"), tenant_id="acme", **ends))
    assert await names(versions, 0, "A") == ["A"]
    tables.change(in_force(definition("B"), definition_id=2))

    assert await names(versions, 10 * HOUR_MS, "A", "B") == ["B"]
    assert not (await versions.index(NOBODY, 10 * HOUR_MS)).find("acme", "A")
    assert await names(versions, 0, "A", "B") == ["A", "B"]
    assert tables.look_ups == [0, 1, 0]


async def test_tables_that_were_put_back_are_read_anew(tables: Tables, versions: VersionsInForce) -> None:
    tables.change(in_force(definition("A")))
    tables.change(in_force(definition("B"), definition_id=2))
    assert await names(versions, 0, "A", "B") == ["A", "B"]
    tables.rows.popitem()
    tables.number = 1

    assert await names(versions, 0, "A", "B") == ["A"]
