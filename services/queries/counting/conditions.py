"""Conditions of a statement over the rows `i`, joined by AND, with every value a parameter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from libs.records.index_key import index_key
from services.queries.counting.blocks import ALL_NUMBERS, NumberRange


class Conditions:
    """Conditions joined by AND, and the parameters that go with them; `$1` is the tenant."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.parameters: list[object] = [tenant_id]
        self._texts: list[str] = []

    def parameter(self, value: object) -> str:
        """Add a parameter; the answer stands for it in SQL."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def add(self, text: str, *values: object) -> None:
        """Add a condition; each `{}` in it is one value."""
        self.add_text(text.format(*(self.parameter(value) for value in values)))

    def add_text(self, text: str) -> None:
        """Add a condition whose parameters are there already."""
        self._texts.append(text)

    def add_event_times(self, start: datetime | None, end: datetime | None) -> None:
        """Keep event times of the range `[start, end)`, open where a bound is None."""
        if start is not None:
            self.add("i.event_at >= {}", start)
        if end is not None:
            self.add("i.event_at < {}", end)

    def add_resources(self, resources: Iterable[tuple[int, str | None]]) -> None:
        """Keep these resources: type code (0 is any) and id (None is every one of the type)."""
        ids_of: dict[int, list[str]] = {}
        every: list[int] = []
        for code, resource_id in resources:
            if resource_id is None:
                every.append(code)
            else:
                ids_of.setdefault(code, []).append(index_key(resource_id))
        any_of = [f"i.type_code = ANY({self.parameter(every)}::integer[])"] if every else []
        for code, ids in ids_of.items():
            one_of = f"i.resource_id = ANY({self.parameter(ids)}::text[])"
            any_of.append(f"({one_of} AND i.type_code = {self.parameter(code)})" if code else one_of)
        self.add_text(f"({' OR '.join(any_of)})")

    def sql(self, statement: str) -> str:
        """Return the statement with the conditions in place of `/* conditions */`."""
        return statement.replace("/* conditions */", "".join(f" AND {text}" for text in self._texts))

    def page(self, statement: str, skip: int, limit: int, *, after: str = "") -> str:
        """Return `sql` with the page in place of `/* page */` and `after` in place of `/* after */`."""
        text = self.sql(statement)
        if after:
            text = text.replace("/* after */", f" AND {after}")
        return text.replace("/* page */", f" OFFSET {self.parameter(skip)} LIMIT {self.parameter(limit)}")

    def copy(self) -> Conditions:
        """Return the same so far, to go on differently."""
        other = Conditions(self.tenant_id)
        other.parameters, other._texts = [*self.parameters], [*self._texts]
        return other


def within(conditions: Conditions, span: NumberRange) -> Conditions:
    """Return the same conditions, on numbers of the span."""
    inside = conditions.copy()
    if span.first > ALL_NUMBERS.first:
        inside.add("i.number >= {}", span.first)
    if span.last < ALL_NUMBERS.last:
        inside.add("i.number <= {}", span.last)
    return inside
