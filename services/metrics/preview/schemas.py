"""The answer of the preview of a metric."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel
from services.metrics.definitions.schemas import SkippedOut
from services.metrics.values.schemas import RecordOut, WindowOut

_EXAMPLE: Final[dict[str, Any]] = {
    "scanned": 1204,
    "complete": False,
    "from": "2026-03-15T23:58:04.113Z",
    "matched": 1,
    "contributed": 1,
    "skipped": {"notNumeric": 0},
    "customers": 1,
    "values": [
        {
            "customerId": "CUST001",
            "dimensions": {"store.country": "DE"},
            "value": 1,
            "recordCount": 1,
            "from": "2026-02-14T02:00:00.000Z",
            "to": "2026-03-16T02:00:00.000Z",
            "computedAt": "2026-03-16T02:00:00.000Z",
        }
    ],
    "records": [
        {
            "kind": "interaction",
            "id": "0199439c-3000-7a1b-8c2d-3e4f5a6b7c8d",
            "eventTime": "2026-03-16T01:12:00.000Z",
            "number": 42.5,
            "counted": True,
            "reason": None,
            "href": "/api/interactions/0199439c-3000-7a1b-8c2d-3e4f5a6b7c8d",
        }
    ],
}


class TriedValueOut(WindowOut):
    """A customer's value of a metric that is only tried."""

    value: int | float


class MetricPreviewOut(Camel):
    """A metric tried on the newest records."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    scanned: int = Field(description="Records of the tenant that were looked at.")
    complete: bool = Field(description="Whether these are all records that the log has of the tenant.")
    from_: str | None = Field(alias="from", description="All records accepted since were looked at; null without any.")
    matched: int = Field(description="Records of a customer that the source and the filters take.")
    contributed: int = Field(description="Those of them that count.")
    skipped: SkippedOut
    customers: int = Field(description="Customers with a value.")
    values: list[TriedValueOut] = Field(description="The 20 greatest.")
    records: list[RecordOut] = Field(description="The 10 latest in the window.")
