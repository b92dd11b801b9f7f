"""The settings of queries, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings


class QueriesSettings(ServiceSettings):
    """What every service is told, and how long an activity search or a JSON filter may take."""

    queries_search_timeout_s: float = Field(default=5.0, gt=0, le=60)
