"""The settings of queries, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings


class QueriesSettings(ServiceSettings):
    """The settings of every service; the time limit of a search, the limits of streams in one process, and the words
    that mean an event failed or succeeded.

    `queries_event_outcomes_revision` is raised with every change of the words: that asks for a rebuild of the events.
    """

    queries_search_timeout_s: float = Field(default=5.0, gt=0, le=60)
    queries_streams_max: int = Field(default=500, ge=1)
    queries_streams_per_tenant_max: int = Field(default=100, ge=1)
    queries_event_failures: frozenset[str] = frozenset(("failed", "error", "rejected", "timeout"))
    queries_event_successes: frozenset[str] = frozenset(("completed", "succeeded", "approved", "success"))
    queries_event_outcomes_revision: int = Field(default=0, ge=0, lt=10_000)
