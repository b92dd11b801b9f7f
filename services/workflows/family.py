"""Parts that all routes of the family share."""

from __future__ import annotations

from typing import Final

from libs.httpkit.dialects import problem
from libs.httpkit.router import FamilyRouter

WORKFLOWS_PATH: Final = "/api/v1/workflows"
SESSIONS_PATH: Final = "/api/v1/workflow-sessions"
TASK_TYPES_PATH: Final = "/api/v1/task-types"
PROVIDERS_PATH: Final = "/api/v1/providers"
INTEGRATIONS_PATH: Final = "/api/v1/integrations"
INTEGRATION_TYPES_PATH: Final = "/api/v1/integration-types"
RUN_PATH: Final = "/run"


def workflows_router(prefix: str, tag: str) -> FamilyRouter:
    """Return the router of the routes under `prefix`."""
    return FamilyRouter(dialect=problem, prefix=prefix, tags=[tag])
