"""The job that runs sessions: one member among any number of others, each with partitions of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping

from libs.background.tasks import task_group
from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import current_ms
from libs.eventlog.port import EventLog
from libs.pg.database import Database
from libs.service.jobs import in_rounds
from libs.telemetry.logger import get_logger
from libs.vault.vault import Vault, WrongSecretKey
from services.workflows.definitions.heads import Heads
from services.workflows.definitions.versions import Versions
from services.workflows.engine.children import ChildSessions
from services.workflows.engine.execution import Execution, ExecutionParts
from services.workflows.engine.hosts import Hosts
from services.workflows.engine.limits import Limits, Turns
from services.workflows.engine.means import Means
from services.workflows.engine.presence import TOLD_EVERY_S, Presence
from services.workflows.engine.rules import CompiledRules
from services.workflows.engine.running import TaskRunner
from services.workflows.engine.session import SessionState
from services.workflows.engine.step_counts import declare_figures
from services.workflows.integrations.connecting import Connections
from services.workflows.running.starting import unsealed
from services.workflows.sessions.open_sessions import OpenSessions
from services.workflows.settings import WorkflowSettings
from services.workflows.task_types.model import TaskFailed
from services.workflows.task_types.opening import code_processes, open_tools
from services.workflows.task_types.registry import built_in_types

_logger = get_logger(__name__)


class Executor:
    """The `Job` of running sessions."""

    service = WORKFLOWS
    name = "executor"

    def __init__(self, settings: WorkflowSettings) -> None:
        self._settings = settings

    async def run(self, log: EventLog, db: Database, stopping: asyncio.Event) -> None:
        declare_figures()
        settings = self._settings
        limits = Limits(tasks=settings.workflow_tasks, code=code_processes())
        vault = Vault(settings.secret)
        versions = Versions(db, built_in_types())
        sessions = OpenSessions(db)
        async with open_tools(settings) as tools:
            means = Means(
                tools=tools,
                connections=Connections(db, vault),
                children=ChildSessions(log, Heads(db), versions, vault, sessions, clock=current_ms),
                unseal=lambda state: _unsealed(vault, state),
                hosts=Hosts(limits.host),
                clock=current_ms,
                random=random.Random(),  # noqa: S311  # pauses are no secrets
            )
            execution = Execution(
                ExecutionParts(
                    log=log,
                    sessions=sessions,
                    rules=CompiledRules(versions),
                    runner=TaskRunner(means),
                    turns=Turns(limits),
                    member=settings.member,
                    clock=current_ms,
                    max_sessions=settings.workflow_sessions,
                ),
                stopping,
            )
            presence = Presence(db, settings.member, execution.load)
            async with task_group() as group:
                telling = group.create_task(in_rounds(presence.tell, stopping, pause_s=TOLD_EVERY_S))
                await execution.run()
                telling.cancel()


def _unsealed(vault: Vault, state: SessionState) -> Mapping[str, str]:
    """Return the secrets of a session's input. Raises TaskFailed where they cannot be read any more."""
    tokens = state.started.secrets
    if not tokens:
        return {}
    try:
        return unsealed(vault, state.session_id, tokens)
    except (WrongSecretKey, ValueError):
        _logger.warning("session_secrets_unreadable", session=state.session_id)
        raise TaskFailed(
            "secrets_unreadable", "the secrets that the session was started with cannot be read under this secret key"
        ) from None
