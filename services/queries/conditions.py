"""Criteria as SQL conditions over `interactions AS i`, with every value a parameter.

The conditions are this file's constants: nothing a caller sends becomes SQL text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import orjson

from libs.history.index_key import index_key
from services.queries.blocks import ALL_NUMBERS, Span
from services.queries.model import Criteria, DateField, Facets, JsonFilter, Operator, Position

_JSON_CONDITIONS = {
    Operator.EXISTS: "((i.interaction #> {path}::text[]) IS NOT NULL) = {value}::text::boolean",
    Operator.EQUALS: "(i.interaction #> {path}::text[])::jsonb = {value}::text::jsonb",
    Operator.STARTS_WITH: (
        "EXISTS (SELECT FROM (SELECT i.interaction #> {path}::text[]) AS f (x) WHERE json_typeof(x) = 'string'"
        " AND starts_with(x #>> '{{}}', {value}::text::jsonb #>> '{{}}'))"
    ),
    Operator.CONTAINS: (
        "EXISTS (SELECT FROM (SELECT i.interaction #> {path}::text[]) AS f (x) WHERE CASE json_typeof(x)"
        " WHEN 'string' THEN jsonb_typeof({value}::text::jsonb) = 'string'"
        " AND position(({value}::text::jsonb #>> '{{}}') IN (x #>> '{{}}')) > 0"
        " WHEN 'array' THEN x::jsonb @> jsonb_build_array({value}::text::jsonb)"
        " ELSE false END)"
    ),
}


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
        """Only event times of the range `[start, end)`, open where a bound is None."""
        if start is not None:
            self.add("i.event_at >= {}", start)
        if end is not None:
            self.add("i.event_at < {}", end)

    def add_resources(self, resources: Iterable[tuple[int, str | None]]) -> None:
        """Only these: type code (0 is any) and id (None is every one of the type)."""
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

    def add_after(self, after: Position) -> None:
        """Only what follows a cursor."""
        self.add_text(self._after(after))

    def sql(self, statement: str) -> str:
        """The statement with the conditions where it says `/* conditions */`."""
        return statement.replace("/* conditions */", "".join(f" AND {text}" for text in self._texts))

    def page(self, statement: str, skip: int, limit: int, *, after: Position | None = None) -> str:
        """`sql`, with the page where it says `/* page */` and what a cursor excludes where it says `/* after */`."""
        text = self.sql(statement)
        if after is not None:
            text = text.replace("/* after */", f" AND {self._after(after)}")
        return text.replace("/* page */", f" OFFSET {self.parameter(skip)} LIMIT {self.parameter(limit)}")

    def copy(self) -> Conditions:
        """The same so far, to go on differently."""
        other = Conditions(self.tenant_id)
        other.parameters, other._texts = [*self.parameters], [*self._texts]
        return other

    def _after(self, after: Position) -> str:
        if after.event_at is None:
            return f"i.number < {self.parameter(after.number)}"
        return f"(i.event_at, i.number) < ({self.parameter(after.event_at)}, {self.parameter(after.number)})"


def conditions_of(tenant_id: str, criteria: Criteria, facets: Facets) -> Conditions:
    """Everything the criteria ask for but a range of accept times, which is a range of numbers (`within`)."""
    found = Conditions(tenant_id)
    _add_texts(found, criteria)
    _add_facets(found, facets)
    if criteria.date_field is DateField.EVENT:
        found.add_event_times(criteria.start, criteria.end)
    for json_filter in criteria.json_filters:
        _add_json(found, json_filter)
    return found


def facet_conditions(tenant_id: str, facets: Facets) -> Conditions:
    """A combination of type, action and origin."""
    found = Conditions(tenant_id)
    _add_facets(found, facets)
    return found


def within(conditions: Conditions, span: Span) -> Conditions:
    """The same conditions, on numbers of the span."""
    inside = conditions.copy()
    if span.first > ALL_NUMBERS.first:
        inside.add("i.number >= {}", span.first)
    if span.last < ALL_NUMBERS.last:
        inside.add("i.number <= {}", span.last)
    return inside


def _add_texts(found: Conditions, criteria: Criteria) -> None:
    columns = (
        ("i.resource_id = {}", criteria.resource_id),
        ("i.uow_id = {}", criteria.uow_id),
        ("i.external_reference = {}", criteria.external_reference),
        ("i.user_id = {}", criteria.user_id),
    )
    for text, value in columns:
        if value is not None:
            found.add(text, index_key(value))
    if criteria.interaction_id is not None:
        found.add("i.interaction_id = {}", criteria.interaction_id)


def _add_facets(found: Conditions, facets: Facets) -> None:
    columns = (
        ("i.origin_code = {}", facets.origin_code),
        ("i.action_code = {}", facets.action_code),
        ("i.type_code = {}", facets.type_code),
    )
    for text, code in columns:
        if code:
            found.add(text, code)


def _add_json(found: Conditions, json_filter: JsonFilter) -> None:
    path = found.parameter(list(json_filter.path))
    value = found.parameter(orjson.dumps(json_filter.value).decode())
    found.add_text(_JSON_CONDITIONS[json_filter.operator].format(path=path, value=value))
