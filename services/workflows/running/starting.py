"""Starts of sessions: the one record that begins a session, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from libs.contracts.workflow_sessions import Parent, SessionStarted, StartedBy, TaskAt, session_key
from libs.vault.sealing import seal, unseal
from libs.vault.vault import Vault
from services.workflows.definitions.compiled import CompiledWorkflow


@dataclass(frozen=True, slots=True, kw_only=True)
class RunVersion:
    """A version of a workflow, ready to run; `task_types` are the versions of the tenant's own types in it."""

    tenant_id: str
    workflow_id: str
    workflow: str
    version: int
    task_types: Mapping[str, int]
    compiled: CompiledWorkflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The contents of a session's start; `secrets` are the sealed values of blanks that `input` lacks, by JSON pointer.

    `key` is that of its records where they may have one already, which a start that is repeated keeps.
    """

    session_id: str
    at_ms: int
    input: msgspec.Raw
    secrets: Mapping[str, str]
    uow_id: str
    by: StartedBy
    key: str | None = None
    parent: Parent | None = None
    traceparent: str | None = None


def start_record(of: RunVersion, start: Start) -> tuple[str, SessionStarted]:
    """Return the key and the record that begin a session.

    Where the workflow's sessions are counted, it is queued, and their executor says when its first tasks begin. So does
    the executor for tasks that are to be run at most once: of two, one alone is told by the log that it begins.
    """
    definition = of.compiled.definition
    own_key = session_key(of.tenant_id, start.session_id, None)
    queues = definition.max_sessions is not None if start.key is None else start.key != own_key
    key = start.key or (session_key(of.tenant_id, start.session_id, of.workflow_id) if queues else own_key)
    return key, SessionStarted(
        session_id=start.session_id,
        at=start.at_ms,
        workflow_id=of.workflow_id,
        workflow=of.workflow,
        version=of.version,
        task_types=dict(of.task_types),
        input=start.input,
        secrets=dict(start.secrets),
        uow_id=start.uow_id,
        started_by=start.by,
        parent=start.parent,
        started=() if queues else tuple(_begun_at_once(of)),
        queues=queues,
        deadline=start.at_ms + definition.timeout_ms,
        traceparent=start.traceparent,
    )


def _begun_at_once(of: RunVersion) -> Iterator[TaskAt]:
    for name in of.compiled.graph.roots:
        task = of.compiled.tasks[name]
        if task.effect != "at-most-once":
            yield TaskAt(task=name, type=task.type.face.type)


def sealed(vault: Vault, session_id: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of a session encrypted, each with its session and place, so that none passes for another."""
    return {pointer: seal(vault, (session_id, pointer), secret) for pointer, secret in secrets.items()}


def unsealed(vault: Vault, session_id: str, tokens: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of a session. Raises WrongSecretKey, for a token of another place too."""
    return {pointer: unseal(vault, (session_id, pointer), token) for pointer, token in tokens.items()}
