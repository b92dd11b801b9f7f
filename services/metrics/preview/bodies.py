"""The request body of the preview: a metric, a customer and an instant."""

from __future__ import annotations

from typing import Final

from pydantic import ConfigDict, Field

from services.metrics.bodies import CustomerId, Instant
from services.metrics.definitions.bodies import MetricFieldsIn, SourceField
from services.metrics.definitions.examples import FIELDS_EXAMPLE
from services.metrics.definitions.model import Function, MetricDefinition

_UNNAMED: Final = "preview"


class MetricPreviewIn(MetricFieldsIn):
    """A metric to try on past records; `name` is optional, and may be one that is taken."""

    model_config = ConfigDict(json_schema_extra={"example": {**FIELDS_EXAMPLE, "customerId": "CUST001"}})

    aggregate_function: Function
    source_field: SourceField
    customer_id: CustomerId | None = Field(default=None, description="Whose values and records are shown.")
    at: Instant | None = Field(default=None, description="When the window ends; now when absent.")

    def definition(self) -> MetricDefinition:
        """Return the definition as the model has it."""
        return MetricDefinition(**{"name": _UNNAMED, **self.changes()})
