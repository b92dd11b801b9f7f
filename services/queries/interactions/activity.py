"""From the body of an activity search to what it asks for; the first thing wrong is a 422 naming it."""

from __future__ import annotations

from typing import Any, Final

from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import Page
from libs.httpkit.times import parse_range
from services.queries.interactions.json_filters import read_json_filters
from services.queries.interactions.model import ActivityCriteria, Criteria, ResourceWanted
from services.queries.interactions.schemas import ActivityIn, ResourceIn

EVERY: Final = "*"


def activity_page(body: ActivityIn) -> Page:
    """Return the requested page."""
    return Page(body.page, body.limit)


def parse_activity(body: ActivityIn, sent: dict[str, Any]) -> ActivityCriteria:
    """Parse the criteria; raises 422 without any filter besides the dates.

    `sent` is the same body as `parse_exactly` gives it: the decimals of `body` have become doubles.
    """
    start, end = parse_range(body.start_date, body.end_date, part="body")
    rest = Criteria(
        user_id=body.user_id,
        uow_id=body.uow_id,
        action=body.action,
        start=start,
        end=end,
        date_field=body.date_field,
        json_filters=read_json_filters(_json_filters(sent) or [], ("body", "jsonFilters")),
    )
    if not body.resources and rest == Criteria(start=start, end=end, date_field=body.date_field):
        message = "at least one of resources, userId, uowId, action and jsonFilters is expected"
        raise Unprocessable(Violation(("body", "resources"), message, "missing"))
    resources = tuple(_resource(resource, index) for index, resource in enumerate(body.resources))
    return ActivityCriteria(resources=resources, rest=rest)


def _json_filters(sent: dict[str, Any]) -> Any:
    return sent.get("jsonFilters", sent.get("json_filters"))


def _resource(resource: ResourceIn, index: int) -> ResourceWanted:
    if resource.resource_id != EVERY:
        return ResourceWanted(resource.resource_id, resource.resource_type)
    if resource.resource_type is None:
        place = ("body", "resources", index, "resourceType")
        raise Unprocessable(Violation(place, "the type is expected whose every resource is meant", "missing"))
    return ResourceWanted(None, resource.resource_type)
