"""Folds a batch of results: the values of their dimensions are numbered, then what is new is added and counted.

Values are numbered in the order of a definition's results, which lie in one partition, so that a replay gives every
value the same number, and the same ones are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from libs.pg.columns import as_columns
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile
from services.monitoring.health.model import MAX_VALUES, OTHER
from services.monitoring.health.records import ResultEntry, SeriesKey

_SQL = SqlFile.load(Path(__file__).with_name("fold.sql"))
# What is counted are the rows added, under the name of the table of all.
_ADD_AND_COUNT = f"WITH results AS ({_SQL.add}) {_SQL.count}"
COUNT_ALL = _SQL.count
"""Counts everything that was added without being counted."""

DefinitionKey = tuple[str, int]
"""Tenant and definition."""


class NewSeries(NamedTuple):
    """A value that gets a number."""

    key: SeriesKey
    number: int
    value: str | None


class Numbering:
    """The numbers of values in a batch: those that they have, and those that new ones get."""

    def __init__(self, known: Mapping[SeriesKey, int]) -> None:
        self.new: list[NewSeries] = []
        self._numbers = dict(known)
        self._values: dict[tuple[str, int, str], int] = {}
        self._highest: dict[DefinitionKey, int] = {}

    def knows(self, key: SeriesKey) -> bool:
        """Return whether the value has a number."""
        return key in self._numbers

    def take(self, dimension: SeriesKey, values: int, highest: int, other: int | None) -> None:
        """Note what is taken of a dimension: how many values are numbered, the highest number, that of `OTHER`."""
        definition = dimension[:2]
        self._values[dimension[:3]] = values
        self._highest[definition] = max(highest, self._highest.get(definition, 0))
        if other is not None:
            self._numbers[dimension] = other

    def number(self, key: SeriesKey, value: str | None) -> int:
        """Return the number of a value; a new one gets the next, or that of `OTHER` once there are too many."""
        if key in self._numbers:
            return self._numbers[key]
        values = self._values.get(key[:3], 0)
        if key.value != OTHER:
            if values >= MAX_VALUES:
                return self.number(key._replace(value=OTHER), OTHER)
            self._values[key[:3]] = values + 1
        number = self._highest.get(key[:2], 0) + 1
        self._highest[key[:2]] = self._numbers[key] = number
        self.new.append(NewSeries(key, number, value))
        return number


async def add(conn: Connection, entries: Sequence[ResultEntry]) -> None:
    """Add the new ones among `entries` to the results, and count them."""
    await _add(conn, entries, _ADD_AND_COUNT)


async def add_rows(conn: Connection, entries: Sequence[ResultEntry]) -> None:
    """Add the new ones among `entries` to the results alone."""
    await _add(conn, entries, _SQL.add)


async def _add(conn: Connection, entries: Sequence[ResultEntry], statement: str) -> None:
    fresh = await _fresh(conn, entries)
    if not fresh:
        return
    numbering = await _numbering(conn, fresh)
    series = [[numbering.number(*value) for value in entry.values.items()] for entry in fresh]
    if numbering.new:
        rows = [(*new.key, new.number, new.value) for new in numbering.new]
        await conn.execute(_SQL.add_series, *as_columns(rows))
    texts = [f"{{{','.join(map(str, numbers))}}}" for numbers in series]
    await conn.execute(statement, *as_columns(entry[:-1] for entry in fresh), texts)


async def _fresh(conn: Connection, entries: Iterable[ResultEntry]) -> list[ResultEntry]:
    """Return the entries that are not in the ledger, in their order, each once."""
    first: dict[tuple[str, str], ResultEntry] = {}
    for entry in entries:
        first.setdefault(entry[:2], entry)
    rows = await conn.fetch(_SQL.known, *as_columns(first)) if first else ()
    known = {tuple(row) for row in rows}
    return [entry for key, entry in first.items() if key not in known]


async def _numbering(conn: Connection, entries: Sequence[ResultEntry]) -> Numbering:
    wanted = list(dict.fromkeys(key for entry in entries for key in entry.values))
    rows = await conn.fetch(_SQL.numbers, *as_columns(wanted))
    found = ((key, row["number"]) for key, row in zip(wanted, rows, strict=True))
    numbering = Numbering({key: number for key, number in found if number is not None})
    definitions = sorted({key[:2] for key in wanted if not numbering.knows(key)})
    if definitions:
        for row in await conn.fetch(_SQL.taken, *as_columns(definitions), OTHER):
            dimension = SeriesKey(row["tenant_id"], row["definition_id"], row["dimension"], OTHER)
            numbering.take(dimension, row["values"], row["highest"], row["other"])
    return numbering
