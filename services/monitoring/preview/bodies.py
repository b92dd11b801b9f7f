"""The request body of the preview: a definition, and the records that it is tried on."""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from libs.contracts.times import DAY_MS, EARLIEST_MS
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT
from services.monitoring.definitions.bodies import DefinitionIn, Name
from services.monitoring.definitions.examples import FIELDS_EXAMPLE
from services.monitoring.definitions.model import Definition
from services.monitoring.health.filters import read_instant_ms

UNNAMED: Final = "preview"
"""Stands for the name of a definition that has none; no definition can be called so."""
_TIME: Final = "Milliseconds since the epoch, or an RFC 3339 time."


def _instant(value: Any) -> Any:
    is_readable = isinstance(value, str | int) and not isinstance(value, bool)
    return read_instant_ms(str(value)) if is_readable else value


Instant = Annotated[
    int,
    Field(strict=True),
    BeforeValidator(_instant),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]


class Span(NamedTuple):
    """The records accepted in `[from_ms, to_ms)`, milliseconds since the epoch."""

    from_ms: int
    to_ms: int


class PreviewIn(DefinitionIn):
    """A definition to try on past records, by their accept time; `name` is optional.

    Limits are also spelt `…InMS`. The first and the last event cannot be blacklisted; lower ≤ mid ≤ upper.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {**FIELDS_EXAMPLE, "from": 1768386600000, "to": 1768473000000, "limit": 1}}
    )

    name: Name | None = None
    from_: Instant | None = Field(
        default=None, alias="from", description=f"Start, included; when absent, a day before the end. {_TIME}"
    )
    to: Instant | None = Field(default=None, description=f"End, not included; at most, and when absent, now. {_TIME}")
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, strict=True, description="Results to show.")

    def definition(self) -> Definition:
        """Return the definition as the model has it."""
        return self.named(self.name or UNNAMED)

    def span(self, now_ms: int) -> Span:
        """Return the range of accept times; 422 when nothing lies in it. Nothing is accepted after `now_ms`."""
        to_ms = now_ms if self.to is None else min(self.to, now_ms)
        from_ms = max(EARLIEST_MS, to_ms - DAY_MS) if self.from_ is None else self.from_
        if from_ms >= to_ms:
            raise Unprocessable(Violation(("body", "from"), "from is not before to, or before now"))
        return Span(from_ms, to_ms)
