"""The settings of workflows, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.outbound.settings import OutboundSettings
from libs.service.settings import ServiceSettings
from libs.vault.settings import SecretKeySettings


class WorkflowSettings(ServiceSettings, OutboundSettings, SecretKeySettings):
    """The settings of every service, where tasks may call out, the secret that encrypts, and the executor's bounds.

    An executor runs `workflow_tasks` tasks at a time and keeps `workflow_sessions` sessions in memory; `/run` takes
    `workflow_callers` callers that wait, in each process.
    """

    workflow_tasks: int = Field(default=200, ge=1, le=10_000)
    workflow_sessions: int = Field(default=5_000, ge=1)
    workflow_callers: int = Field(default=5_000, ge=1)
