"""`POST /run/{name}` and the run of one version, answered in front of the app."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope

from libs.auth.principal import EDITOR, VIEWER, Principal
from libs.contracts.paths import WORKFLOWS
from libs.httpkit.bodies import PROCESS_BUDGET, read_body
from libs.httpkit.dialects import problem
from libs.httpkit.errors import NotFound
from libs.httpkit.json_values import without_bom
from libs.httpkit.limits import RECORD_BODY_BYTES
from libs.httpkit.media_types import require_json
from libs.httpkit.request_headers import HeaderBytes, read_headers
from libs.service.door import Answer, Door, RawRoute, Respond
from services.workflows.definitions.model import NAME_PATTERN, NOUN
from services.workflows.family import RUN_PATH, WORKFLOWS_PATH
from services.workflows.running.prefer import wait_of
from services.workflows.running.runs import Runs, Wanted

RUN: Final = RawRoute(f"{RUN_PATH}/{{name}}", VIEWER, problem)
RUN_VERSION: Final = RawRoute(f"{WORKFLOWS_PATH}/{{name}}/versions/{{n}}/run", EDITOR, problem)
_PREFIX: Final = f"{RUN_PATH}/"
VERSION_PATTERN: Final = "[0-9]{1,18}"
_VERSION: Final = re.compile(rf"{WORKFLOWS_PATH}/([^/]+)/versions/({VERSION_PATTERN})/run")
_NAME: Final = re.compile(NAME_PATTERN)


def door(app: ASGIApp) -> Door:
    """Return the door in front of the app of workflows."""
    return Door(app, WORKFLOWS, _find)


def responders(runs: Runs) -> dict[str, Respond]:
    """Return the functions that answer at the door."""

    async def respond(principal: Principal, raw: HeaderBytes, scope: Scope, receive: Receive) -> Answer:
        headers = read_headers(raw)
        path: str = scope["path"]
        name, version = _target(path)
        if not is_name(name):
            raise NotFound(what=NOUN, identifier=name)
        with PROCESS_BUDGET.lease(principal.tenant_id) as lease:
            body = without_bom(await read_body(receive, scope["headers"], RECORD_BODY_BYTES, lease))
            if body:
                require_json(headers.content_type)
            wanted = Wanted(name=name, version=version, body=body, headers=headers, wait_s=wait_of(raw))
            return await runs.run(principal, wanted)

    return {RUN.template: respond, RUN_VERSION.template: respond}


def is_name(text: str) -> bool:
    """Return whether a workflow can have a name."""
    return _NAME.fullmatch(text) is not None


def _find(path: str) -> RawRoute | None:
    if path.startswith(_PREFIX):
        return RUN if path.find("/", len(_PREFIX)) < 0 and len(path) > len(_PREFIX) else None
    return RUN_VERSION if path.endswith("/run") and _VERSION.fullmatch(path) is not None else None


def _target(path: str) -> tuple[str, int | None]:
    """Return the workflow that a path names, and its version, None for the active one."""
    if path.startswith(_PREFIX):
        return path[len(_PREFIX) :], None
    found = _VERSION.fullmatch(path)
    assert found is not None
    return found[1], int(found[2])
