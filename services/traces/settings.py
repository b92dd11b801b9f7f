"""The settings of traces, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings


class TracesSettings(ServiceSettings):
    """The settings of every service, and the time limit of a search."""

    traces_search_timeout_s: float = Field(default=5.0, gt=0, le=60)
