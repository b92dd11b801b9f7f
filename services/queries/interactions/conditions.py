"""Criteria as SQL conditions over `interactions AS i`, with every value a parameter.

The conditions are this file's constants: nothing a caller sends becomes SQL text.
"""

from __future__ import annotations

import msgspec

from libs.records.index_key import index_key
from services.queries.counting.conditions import Conditions
from services.queries.interactions.model import Criteria, DateField, Facets, InteractionCursor, JsonFilter, Operator

# What a row has at a path is sent by somebody else: no cast of it may fail (`comparable`, in `migrations/`).
_JSON_CONDITIONS = {
    Operator.EXISTS: "((i.interaction #> {path}::text[]) IS NOT NULL) = {value}::text::boolean",
    Operator.EQUALS: "comparable(i.interaction #> {path}::text[]) = {value}::text::jsonb",
    Operator.STARTS_WITH: (
        "EXISTS (SELECT FROM (SELECT i.interaction #> {path}::text[]) AS f (x) WHERE json_typeof(x) = 'string'"
        " AND starts_with(x #>> '{{}}', {value}::text::jsonb #>> '{{}}'))"
    ),
    Operator.CONTAINS: (
        "EXISTS (SELECT FROM (SELECT i.interaction #> {path}::text[]) AS f (x) WHERE CASE json_typeof(x)"
        " WHEN 'string' THEN jsonb_typeof({value}::text::jsonb) = 'string'"
        " AND position(({value}::text::jsonb #>> '{{}}') IN (x #>> '{{}}')) > 0"
        " WHEN 'array' THEN comparable(x) @> jsonb_build_array({value}::text::jsonb)"
        " ELSE false END)"
    ),
}
_encoder = msgspec.json.Encoder(decimal_format="number")


def conditions_of(tenant_id: str, criteria: Criteria, facets: Facets) -> Conditions:
    """Return everything the criteria ask for but a range of accept times, which is a range of numbers (`within`)."""
    found = Conditions(tenant_id)
    _add_values(found, criteria)
    _add_facets(found, facets)
    if criteria.date_field is DateField.EVENT:
        found.add_event_times(criteria.start, criteria.end)
    for json_filter in criteria.json_filters:
        _add_json(found, json_filter)
    return found


def below(conditions: Conditions, cursor: InteractionCursor) -> str:
    """Return the condition for what follows a cursor in the list's order."""
    if cursor.event_at is None:
        return f"i.number < {conditions.parameter(cursor.number)}"
    return f"(i.event_at, i.number) < ({conditions.parameter(cursor.event_at)}, {conditions.parameter(cursor.number)})"


def facet_conditions(tenant_id: str, facets: Facets) -> Conditions:
    """Return a combination of type, action and origin."""
    found = Conditions(tenant_id)
    _add_facets(found, facets)
    return found


def _add_values(found: Conditions, criteria: Criteria) -> None:
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
    if criteria.interaction_number is not None:
        found.add("i.number = {}", criteria.interaction_number)


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
    value = found.parameter(_encoder.encode(json_filter.value).decode())
    found.add_text(_JSON_CONDITIONS[json_filter.operator].format(path=path, value=value))
