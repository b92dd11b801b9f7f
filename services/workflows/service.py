"""The declaration of workflows."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import WORKFLOWS
from libs.contracts.topics import CREDENTIALS, EVENTS, KEY_USES, WORKFLOW_SESSIONS
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.workflows.settings import WorkflowSettings

with lazy_imports():
    from services.workflows import app
    from services.workflows.definitions import api as definitions
    from services.workflows.engine import executor
    from services.workflows.integrations import api as integrations
    from services.workflows.matching import matcher
    from services.workflows.own_types import api as own_types
    from services.workflows.running import api as running
    from services.workflows.running import door, sessions_api
    from services.workflows.sessions import projection as sessions
    from services.workflows.trials import api as trials

SERVICE = Service(
    WORKFLOWS,
    description="Workflows as endpoints: definitions, sessions, task types, providers and integrations.",
    settings=WorkflowSettings,
    topics=(EVENTS, CREDENTIALS, KEY_USES, WORKFLOW_SESSIONS),
    writes=(EVENTS, KEY_USES, WORKFLOW_SESSIONS),
    api=lambda: Api(
        app.start,
        routers=(
            definitions.router,
            running.router,
            sessions_api.router,
            own_types.router,
            trials.router,
            *integrations.ROUTERS,
        ),
        front=door.door,
    ),
    consumers=lambda _: (sessions.SessionsProjection(),),
    jobs=lambda settings: (executor.Executor(settings), matcher.Matcher(settings)),
    apart=frozenset(("jobs",)),
    migrations=Path(__file__).with_name("migrations"),
)
