"""Child sessions: the workflow that a task calls, in its active version, and the start that the log gets of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec

from libs.background.backoff import Backoff
from libs.contracts.workflow_sessions import Parent, SessionStarted
from libs.eventlog.appending import append_all
from libs.eventlog.errors import LogUnavailable, ModelBehind
from libs.eventlog.port import EventLog
from libs.httpkit.errors import ApiError
from libs.projections.failures import MAY_PASS, will_pass
from libs.vault.vault import Vault
from services.workflows.definitions.heads import Heads
from services.workflows.definitions.versions import VersionMissing, Versions
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.integrations.redaction import Redactor
from services.workflows.running.starting import RunVersion, Start, sealed, start_record, unsealed
from services.workflows.sessions.open_sessions import OpenSessions
from services.workflows.sessions.records import session_record
from services.workflows.task_types.model import ChildStart, TaskFailed
from services.workflows.values.input import GivenInput, read_input
from services.workflows.values.places import Place, pointer_of

T = TypeVar("T")
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0
_encode: Final = msgspec.json.Encoder().encode


class ChildSessions:
    """Prepares and begins children, and waits for a database or a log that is away until it is cancelled."""

    def __init__(
        self,
        log: EventLog,
        heads: Heads,
        versions: Versions,
        vault: Vault,
        sessions: OpenSessions,
        *,
        clock: Callable[[], int],
    ) -> None:
        self._log = log
        self._heads = heads
        self._versions = versions
        self._vault = vault
        self._sessions = sessions
        self._clock = clock

    async def prepare(
        self, parent: SessionState, at: TaskKey, session_id: str, start: ChildStart, key: str | None = None
    ) -> tuple[str, SessionStarted]:
        version = await _there(lambda: self._version(parent.tenant_id, start.workflow))
        try:
            given = read_input(version.compiled.blanks, _encode(start.input))
        except ApiError as refusal:
            raise TaskFailed("input_invalid", f"{start.workflow}: {refusal}") from None
        started, above = parent.started, parent.started.parent
        if started.secrets:
            given = _hidden(given, Redactor(unsealed(self._vault, parent.session_id, started.secrets).values()))
        return start_record(
            version,
            Start(
                session_id=session_id,
                key=key,
                at_ms=self._clock(),
                input=given.input,
                secrets=sealed(self._vault, session_id, given.secrets) if given.secrets else {},
                uow_id=started.uow_id,
                by=started.started_by,
                parent=Parent(
                    session_id=parent.session_id,
                    key=parent.key,
                    task=at.task,
                    item=at.item,
                    depth=1 if above is None else above.depth + 1,
                ),
                traceparent=started.traceparent,
            ),
        )

    async def is_known(self, parent: SessionState, session_id: str) -> bool:
        try:
            found = await _there(lambda: self._sessions.load_some([(parent.tenant_id, session_id)]))
        except ModelBehind:
            return False
        return bool(found.states)

    async def begin(self, parent: SessionState, key: str, record: SessionStarted) -> None:
        backoff = _backoff()
        while True:
            try:
                await append_all(self._log, [session_record(parent.tenant_id, key, record.uow_id, record)])
            except LogUnavailable:
                record = msgspec.structs.replace(record, again=True)
                await backoff.pause()
            else:
                return

    async def _version(self, tenant_id: str, workflow: str) -> RunVersion:
        head = await self._heads.find(tenant_id, workflow)
        if head is None:
            raise TaskFailed("workflow_missing", f"there is no workflow {workflow!r}")
        if not head.active:
            raise TaskFailed("workflow_inactive", f"workflow {workflow!r} is not active")
        try:
            compiled = await self._versions.compiled(tenant_id, head.id, head.run_version, head.task_types)
        except VersionMissing as error:
            raise TaskFailed("workflow_missing", str(error)) from None
        return RunVersion(
            tenant_id=tenant_id,
            workflow_id=head.id,
            workflow=head.name,
            version=head.run_version,
            task_types=head.task_types,
            compiled=compiled,
        )


async def _there(look: Callable[[], Awaitable[T]]) -> T:
    """Return the answer of a look at the database, once that is there."""
    backoff = _backoff()
    while True:
        try:
            return await look()
        except MAY_PASS as error:
            if not will_pass(error):
                raise
            await backoff.pause()


def _backoff() -> Backoff:
    return Backoff(asyncio.Event(), first_s=_FIRST_PAUSE_S, limit_s=_LONGEST_PAUSE_S)


def _hidden(given: GivenInput, redactor: Redactor) -> GivenInput:
    """Return a child's input with its parent's secrets among its own: texts that have one, whole.

    In a list, where no secret is put back, one is replaced.
    """
    secrets = dict(given.secrets)

    def shown(value: Any, place: Place) -> Any:
        if isinstance(value, dict):
            inner = {name: shown(member, (*place, name)) for name, member in value.items()}
            return {name: member for name, member in inner.items() if member is not msgspec.UNSET}
        redacted = redactor.value(value)
        if not isinstance(value, str) or redacted == value:
            return redacted
        secrets[pointer_of(place)] = value
        return msgspec.UNSET

    left = shown(msgspec.json.decode(given.input), ())
    return GivenInput(msgspec.Raw(_encode(left)), secrets)
