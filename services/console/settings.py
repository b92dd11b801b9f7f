"""The console's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from libs.service.settings import ServiceSettings


class ConsoleSettings(ServiceSettings):
    """The settings of every service, and the address of the Grafana that pages link to, if there is one."""

    grafana_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")] | None = None
