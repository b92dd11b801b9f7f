"""The versions of workflows that sessions run, at hand for as long as they are kept compiled."""

from __future__ import annotations

from libs.contracts.workflow_sessions import SessionStarted
from services.workflows.definitions.versions import VersionMissing, Versions
from services.workflows.engine.ports import RulesMissing
from services.workflows.engine.workflow import RunnableWorkflow


class CompiledRules:
    """Finds rules among compiled versions."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def known(self, started: SessionStarted, tenant_id: str) -> RunnableWorkflow | None:
        compiled = self._versions.kept(tenant_id, started.workflow_id, started.version, started.task_types)
        return None if compiled is None else RunnableWorkflow(compiled)

    async def find(self, started: SessionStarted, tenant_id: str) -> RunnableWorkflow:
        version = (tenant_id, started.workflow_id, started.version, started.task_types)
        try:
            return RunnableWorkflow(await self._versions.compiled(*version))
        except VersionMissing as error:
            raise RulesMissing(str(error)) from None
