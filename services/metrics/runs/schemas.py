"""Query parameters and answers of the routes of runs; times are RFC 3339."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import MAX_LIMIT
from services.metrics.family import PageOut, page_json
from services.metrics.runs.examples import COMPUTED_EXAMPLE, COMPUTING_EXAMPLE, RUN_EXAMPLE
from services.metrics.runs.model import KEPT, RunKind, RunState

DEFAULT_LIMIT: Final = 20


class RunsQuery(CamelQuery):
    """A page of the list, newest first."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Runs per page ({DEFAULT_LIMIT}).")
    cursor: str | None = Field(default=None, description="`nextCursor` of the page before.")


class RunOut(Camel):
    """A run: all values of a metric, or those that may have changed, computed as of one instant."""

    model_config = ConfigDict(json_schema_extra={"example": RUN_EXAMPLE})

    id: str
    kind: RunKind
    state: RunState
    at: str | None = Field(description="The instant that the values are of; null before the run begins.")
    started_at: str | None
    finished_at: str | None
    progress: float = Field(description="From 0 to 1.")
    value_count: int | None = Field(description="How many values the metric had at the end.")
    changed: int = Field(description="How many values differ from those before.")
    attempt: int
    error: str | None = Field(description="Why it failed, or why the attempt before did.")


class RunsPageOut(PageOut[RunOut]):
    """A page of a metric's runs, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": f"Runs are kept for {KEPT.days} days.",
            "example": page_json([RUN_EXAMPLE], 1, None),
        }
    )


class ComputedOut(Camel):
    """All values are computed."""

    model_config = ConfigDict(json_schema_extra={"example": COMPUTED_EXAMPLE})

    computed: Literal[True]
    value_count: int
    run_id: str
    computed_at: str = Field(description="The instant that the values are of.")


class ComputingOut(Camel):
    """The values are being computed; `Location` is that of the run."""

    model_config = ConfigDict(json_schema_extra={"example": COMPUTING_EXAMPLE})

    computed: Literal[False]
    value_count: int = Field(description="How many values are shown until then.")
    run_id: str
    progress: float = Field(description="From 0 to 1.")
