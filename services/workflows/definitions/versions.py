"""Compiled versions of workflows, kept for the API and the executor: a version never changes, so none grows old."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from libs.pg.database import Database
from services.workflows.definitions.compiled import CompiledWorkflow
from services.workflows.definitions.compiling import InvalidDefinition, compile_workflow
from services.workflows.definitions.model import WORKFLOW, WorkflowDefinition
from services.workflows.definitions.store import QUERIES
from services.workflows.definitions.types import Types
from services.workflows.own_types.known import KnownTypes, own_type
from services.workflows.own_types.model import OWN_TYPE, OwnTypeDefinition

_Key: TypeAlias = tuple[str, str, int, tuple[tuple[str, int], ...]]

KEPT_BYTES: Final = 33_554_432
"""The size as JSON of the versions that one process keeps compiled."""


class VersionMissing(LookupError):
    """A version, or one of its task types, is not there, or is none that this release runs."""


class Versions:
    """Loads and compiles versions; `db` has the projector role, `types` are those that every tenant has.

    What was used longest ago is dropped beyond `kept_bytes`.
    """

    def __init__(self, db: Database, types: Types, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._db = db
        self._types = types
        self._free_bytes = kept_bytes
        self._kept: OrderedDict[_Key, tuple[CompiledWorkflow, int]] = OrderedDict()
        self._loading: dict[_Key, asyncio.Task[CompiledWorkflow]] = {}

    def kept(
        self, tenant_id: str, workflow_id: str, version: int, task_types: Mapping[str, int]
    ) -> CompiledWorkflow | None:
        """Return what `compiled` does, when it is at hand."""
        key = _key(tenant_id, workflow_id, version, task_types)
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    async def compiled(
        self, tenant_id: str, workflow_id: str, version: int, task_types: Mapping[str, int]
    ) -> CompiledWorkflow:
        """Return a version with the tenant's own types in these versions. Raises VersionMissing."""
        kept = self.kept(tenant_id, workflow_id, version, task_types)
        if kept is not None:
            return kept
        key = _key(tenant_id, workflow_id, version, task_types)
        loading = self._loading.get(key)
        if loading is None:
            loading = self._loading[key] = asyncio.create_task(self._load(key))
            loading.add_done_callback(lambda _: self._loading.pop(key, None))
        return await asyncio.shield(loading)

    async def _load(self, key: _Key) -> CompiledWorkflow:
        tenant_id, workflow_id, version, task_types = key
        kinds = [WORKFLOW, *(OWN_TYPE for _ in task_types)]
        ids = [workflow_id, *(name for name, _ in task_types)]
        versions = [version, *(number for _, number in task_types)]
        rows = await self._db.fetch(QUERIES.load_versions, tenant_id, kinds, ids, versions)
        states = {(row["kind"], row["object_id"]): row["state"] for row in rows}
        if len(states) != len(ids):
            raise VersionMissing(f"version {version} of workflow {workflow_id}, or a task type of it, is not there")
        text = states.pop((WORKFLOW, workflow_id))
        own = [
            own_type(name, msgspec.json.decode(state, type=OwnTypeDefinition)) for (_, name), state in states.items()
        ]
        definition = msgspec.json.decode(text, type=WorkflowDefinition)
        try:
            compiled = compile_workflow(definition, KnownTypes(self._types, own))
        except InvalidDefinition as error:
            raise VersionMissing(f"version {version} of workflow {workflow_id} cannot be run: {error}") from None
        self._keep(key, compiled, sum(map(len, states.values()), len(text)))
        return compiled

    def _keep(self, key: _Key, compiled: CompiledWorkflow, size_bytes: int) -> None:
        self._kept[key] = compiled, size_bytes
        self._free_bytes -= size_bytes
        while self._free_bytes < 0 and len(self._kept) > 1:
            _, (_, dropped_bytes) = self._kept.popitem(last=False)
            self._free_bytes += dropped_bytes


def _key(tenant_id: str, workflow_id: str, version: int, task_types: Mapping[str, int]) -> _Key:
    return tenant_id, workflow_id, version, tuple(sorted(task_types.items()))
