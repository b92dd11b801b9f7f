"""The gateway, declared."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import GATEWAY
from libs.contracts.topics import CREDENTIALS, EVENTS, INTERACTIONS, KEY_USES, REFERENCE, WORKFLOW_SESSIONS
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.gateway.settings import GatewaySettings

with lazy_imports():
    from libs.eventlog.postgres import schema as log_schema
    from libs.pg import database, roles
    from services.gateway import app, door
    from services.gateway.events import api as events
    from services.gateway.interactions import api as interactions
    from services.gateway.otlp import routes as otlp
    from services.gateway.workflow_tasks import reactor


async def _allow_append(connection: database.Connection) -> None:
    """Let the gateway append inside the PostgreSQL log, in the transaction that numbers."""
    await log_schema.ensure_schema(connection)
    await log_schema.allow_append(connection, roles.request_role(GATEWAY))


SERVICE = Service(
    GATEWAY,
    description="Records interactions, numbered without gaps, and events, OpenTelemetry's spans and log records "
    "among them; acknowledged once the log has them.",
    settings=GatewaySettings,
    topics=(INTERACTIONS, EVENTS, REFERENCE, CREDENTIALS, KEY_USES, WORKFLOW_SESSIONS),
    writes=(INTERACTIONS, EVENTS, REFERENCE, KEY_USES, WORKFLOW_SESSIONS),
    api=lambda: Api(app.start, routers=(interactions.router, events.router, otlp.router), front=door.door),
    consumers=lambda settings: (reactor.WorkflowTasks(settings),),
    migrations=Path(__file__).with_name("migrations"),
    prepare=_allow_append,
)
