"""Composes workflows: pools, log, credentials, relay; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.contracts.paths import WORKFLOWS
from libs.objects.writes import Writes
from libs.projections.generations import ReadModel
from libs.service.door import DoorState
from libs.service.parts import Parts
from libs.service.reading import is_built
from libs.vault.vault import Vault
from services.workflows.definitions.checking import Checker
from services.workflows.definitions.reads import WorkflowReads
from services.workflows.definitions.versions import Versions
from services.workflows.integrations.connecting import Connections
from services.workflows.integrations.reads import AccountReads
from services.workflows.integrations.renewal import renew_secrets
from services.workflows.own_types.reads import TypeReads
from services.workflows.running.opening import RunningWith, open_running
from services.workflows.running.runs import Runs
from services.workflows.running.streams import SessionStreams
from services.workflows.sessions.counts import SessionCounts
from services.workflows.sessions.model import SESSIONS_MODEL
from services.workflows.sessions.reads import SessionReads
from services.workflows.settings import WorkflowSettings
from services.workflows.task_types.opening import open_tools
from services.workflows.task_types.registry import built_in_types
from services.workflows.task_types.tools import Tools
from services.workflows.trials.trying import Trials


class State(TypedDict):
    """The state that requests find in their scope."""

    writes: Writes
    vault: Vault
    tools: Tools
    workflows: WorkflowReads
    types: TypeReads
    trials: Trials
    accounts: AccountReads
    connections: Connections
    sessions: SessionReads
    versions: Versions
    runs: Runs
    session_streams: SessionStreams
    door: DoorState
    access: Access
    log_id: str


async def start(parts: Parts, settings: WorkflowSettings) -> State:
    """Bring up what the routes need, and the relay."""
    log = await parts.log()
    credentials = await parts.credentials(log)
    objects = await parts.objects(log, ())
    await parts.observe()
    model = ReadModel(objects.requests, WORKFLOWS, SESSIONS_MODEL)
    parts.checks[SESSIONS_MODEL] = is_built(model)
    types = built_in_types()
    vault = Vault(settings.secret)
    await renew_secrets(objects.projector, vault)
    connections = Connections(objects.requests, vault)
    tools = await parts.open(open_tools(settings))
    log_id, access = await log.identity(), parts.access(credentials)
    running = await open_running(
        parts,
        RunningWith(
            log=log,
            log_id=log_id,
            objects=objects,
            model=model,
            types=types,
            vault=vault,
            access=access,
            callers=settings.workflow_callers,
        ),
    )
    return State(
        writes=objects.writes,
        vault=vault,
        tools=tools,
        workflows=WorkflowReads(model=model, checker=Checker(types), counts=SessionCounts(model)),
        types=TypeReads(objects.requests, types),
        trials=Trials(tools, connections),
        accounts=AccountReads(objects.requests),
        connections=connections,
        sessions=running.sessions,
        versions=running.versions,
        runs=running.runs,
        session_streams=running.streams,
        door=running.door,
        access=access,
        log_id=log_id,
    )
