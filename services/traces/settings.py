"""The settings of traces, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings


class TracesSettings(ServiceSettings):
    """What every service is told, and how long a search may take."""

    traces_search_timeout_s: float = Field(default=5.0, gt=0, le=60)
