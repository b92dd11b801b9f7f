"""The writes of requests that change workflows, and their answers: the workflow as it is now, with its warnings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple, TypeAlias

from fastapi import Depends, Request
from fastapi.responses import Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor
from libs.auth.principal import Principal
from libs.httpkit.errors import Violation
from libs.httpkit.preconditions import etag
from libs.httpkit.state import state
from libs.objects.changes import Change
from libs.objects.idempotency import Once
from libs.objects.writes import Writes, Written
from libs.pg.database import Connection
from libs.service.writing import WritesOf, position_header
from services.workflows.definitions.documents import AsYaml, written
from services.workflows.definitions.model import Workflow
from services.workflows.definitions.reads import WorkflowReads, identified, shown
from services.workflows.definitions.rules import WorkflowRules

Reads = Annotated[WorkflowReads, state("workflows")]
Work: TypeAlias = Callable[[WorkflowRules], Awaitable[Workflow]]


class _Result(NamedTuple):
    workflow: Workflow
    warnings: Sequence[Violation]


@dataclass(frozen=True, slots=True)
class WorkflowWriting:
    """The writes of one request."""

    request: Request
    caller: Principal
    writes: Writes
    reads: WorkflowReads
    as_yaml: bool

    async def create(self, once: Once, work: Work) -> Response:
        """Answer 201 with the workflow that `work` makes, or that an earlier request with the key made."""
        result = await self.writes.once(
            self.caller.tenant_id,
            cause_of(self.caller, self.request),
            once,
            lambda change: self._work(change, work),
            lambda made: str(made.workflow.id),
            self._made_before,
        )
        return self._answer(result, status=201)

    async def change(self, work: Work) -> Response:
        """Answer 200 with the workflow that `work` leaves."""
        cause = cause_of(self.caller, self.request)
        result = await self.writes.change(self.caller.tenant_id, cause, lambda change: self._work(change, work))
        return self._answer(result, status=200)

    async def _work(self, change: Change, work: Work) -> _Result:
        rules = WorkflowRules(change, self.reads.checker)
        one = await work(rules)
        return _Result(one, [*rules.notes, *await self.reads.warnings(change.conn, one)])

    async def _made_before(self, conn: Connection, workflow_id: str) -> _Result:
        one = await identified(conn, self.caller.tenant_id, workflow_id)
        return _Result(one, await self.reads.warnings(conn, one))

    def _answer(self, result: Written[_Result], *, status: int) -> Response:
        one, warnings = result.result
        headers = {"ETag": etag(one.version), **position_header(self.request, result.positions)}
        return written(shown(one, warnings), as_yaml=self.as_yaml, status=status, headers=headers)


def _writing(request: Request, caller: Editor, writes: WritesOf, reads: Reads, as_yaml: AsYaml) -> WorkflowWriting:
    return WorkflowWriting(request, caller, writes, reads, as_yaml)


WritingOf = Annotated[WorkflowWriting, Depends(_writing)]
