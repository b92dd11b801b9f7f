"""Request and response bodies of critical interactions' routes."""

from __future__ import annotations

from pydantic import ConfigDict

from libs.httpkit.camel import Camel


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
