"""Query parameters and answers of critical interactions' routes."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import MAX_PAGE
from services.monitoring.bodies import UPPER_CASED
from services.monitoring.definitions.examples import DETAILS_EXAMPLE
from services.monitoring.definitions.model import Operator, Status

MAX_SIZE: Final = 500
DEFAULT_SIZE: Final = 50


class InteractionsQuery(CamelQuery):
    """A page of the list, counted from 0, and its filters."""

    page: int = Field(ge=0, le=MAX_PAGE, description="Page number, from 0.")
    size: int = Field(ge=1, le=MAX_SIZE, description="Number of items per page.")
    interaction_name: str | None = Field(default=None, description="A part of the name, in any case.")
    user_email: str | None = Field(default=None, description="The creator's e-mail.")
    status: Annotated[Status, UPPER_CASED] | None = Field(default=None, description="The status, in any case.")


class PageQuery(CamelQuery):
    """A page of a list, counted from 0."""

    page: int = Field(default=0, ge=0, le=MAX_PAGE, description="Page number, from 0.")
    size: int = Field(default=DEFAULT_SIZE, ge=1, le=MAX_SIZE, description="Number of items per page.")


class PropertyFilterOut(Camel):
    """A property compared with a text."""

    name: str
    value: str
    operator: Operator


class EventPatternOut(Camel):
    """An event by its name and its properties."""

    name: str
    props: list[PropertyFilterOut]
    is_blacklisted: bool


class CriticalInteractionOut(Camel):
    """A critical interaction's definition; times are milliseconds since the epoch."""

    model_config = ConfigDict(json_schema_extra={"example": DETAILS_EXAMPLE})

    name: str
    interaction_name: str
    id: int
    description: str | None
    uptime_lower_limit_in_ms: int
    uptime_mid_limit_in_ms: int
    uptime_upper_limit_in_ms: int
    threshold_in_ms: int
    threshold_in_ms_too: int = Field(alias="thresholdInMS", description="The same as `thresholdInMs`.")
    status: Status
    events: list[EventPatternOut]
    global_blacklisted_events: list[EventPatternOut]
    correlation_property: str | None
    dimensions: list[str]
    version: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class InteractionDetailsOut(Camel):
    """A critical interaction, under `data`."""

    data: CriticalInteractionOut


class InteractionsPage(Camel):
    """The items of a page, and how many there are in all."""

    interactions: list[CriticalInteractionOut]
    total_interactions: int


class InteractionsPageOut(Camel):
    """A page of critical interactions, under `data`."""

    data: InteractionsPage


class InteractionId(Camel):
    """A critical interaction's id."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": 7}})

    id: int


class InteractionIdOut(Camel):
    """A critical interaction's id, under `data`."""

    data: InteractionId


class InteractionVersionOut(CriticalInteractionOut):
    """A version of a definition: in force from `inForceFrom` until `inForceTo`, null for the present one."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {**DETAILS_EXAMPLE, "inForceFrom": 1768473000000, "inForceTo": None, "changed": []}
        }
    )

    in_force_from: int
    in_force_to: int | None
    changed: list[str] = Field(description="The fields that differ from the version before.")


class InteractionVersionsPage(Camel):
    """The versions of a page, newest first, and how many there are in all."""

    versions: list[InteractionVersionOut]
    total_versions: int


class InteractionVersionsOut(Camel):
    """A page of a definition's versions, under `data`."""

    data: InteractionVersionsPage


class FilterOptions(Camel):
    """The values that a list's filters and a definition's fields may have."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "statuses": ["RUNNING", "STOPPED"],
                "createdBy": ["ada@example.com"],
                "operators": ["CONTAINS", "ENDSWITH", "EQUALS", "NOTCONTAINS", "NOTEQUALS", "STARTSWITH"],
            }
        }
    )

    statuses: list[str]
    created_by: list[str]
    operators: list[str]


class FilterOptionsOut(Camel):
    """The filter options, under `data`."""

    data: FilterOptions
