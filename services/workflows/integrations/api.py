"""`/api/v1/providers` and `/api/v1/integrations`, alike for both, and `/api/v1/integration-types`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final

from fastapi import Path, Query, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Admin, Viewer
from libs.httpkit.paging import PageOf, Pagination
from libs.httpkit.preconditions import IfMatchOf, etag, tagged
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.objects.writes import Written
from libs.service.writing import OnceOf, WritesOf, no_content
from libs.vault.vault import Vault
from services.workflows.answers import write_answer
from services.workflows.family import (
    INTEGRATION_TYPES_PATH,
    INTEGRATIONS_PATH,
    PROVIDERS_PATH,
    workflows_router,
)
from services.workflows.integrations.bodies import admit, read_account, require_form
from services.workflows.integrations.connecting import Connections
from services.workflows.integrations.kinds import ACCOUNTS, account_json
from services.workflows.integrations.model import INTEGRATION, PROVIDER, Account, AccountKind
from services.workflows.integrations.probing import probed
from services.workflows.integrations.reads import AccountReads
from services.workflows.integrations.rules import AccountRules
from services.workflows.integrations.schemas import (
    AccountIn,
    AccountOut,
    AccountPutIn,
    AccountsOut,
    IntegrationTypesOut,
    ProbeOut,
)
from services.workflows.integrations.store import AccountFilter, AccountStore
from services.workflows.integrations.types.registry import TYPES
from services.workflows.integrations.types.shown import type_json
from services.workflows.task_types.tools import Tools

Reads = Annotated[AccountReads, state("accounts")]
ConnectionsOf = Annotated[Connections, state("connections")]
VaultOf = Annotated[Vault, state("vault")]
ToolsOf = Annotated[Tools, state("tools")]
Name = Annotated[str, Path(description="The name, in any case.", examples=["ours"])]
Search = Annotated[str | None, Query(max_length=100, description="Those whose name holds this text.")]
OfType = Annotated[str | None, Query(alias="type", description="Of this type alone.")]


def accounts_router(kind: AccountKind, path: str) -> FamilyRouter:
    """Return the routes of a kind of account."""
    router = workflows_router(path, f"{kind}s")
    answers = Responses(
        {
            404: f"No such {kind} for this tenant",
            409: f"There is one of that name already, there may be no more, or the {kind} is in use",
        }
    )
    a, one, objects = f"an {kind}" if kind == INTEGRATION else f"a {kind}", f"The {kind}", ACCOUNTS[kind]

    @router.get(
        "", summary=f"List {kind}s by name", responses=answers.of(AccountsOut, description=f"A page of the {kind}s")
    )
    async def list_accounts(
        caller: Viewer, reads: Reads, page: PageOf, search: Search = None, type_: OfType = None
    ) -> Response:
        found, total = await reads.page(caller.tenant_id, kind, AccountFilter(search, type_), page)
        pagination = Pagination.of(page, total).as_json()
        return JSONResponse({"data": list(map(account_json, found)), "pagination": pagination})

    @router.post(
        "",
        summary=f"Create {a}",
        description="Secrets are encrypted, and never shown again.",
        responses=tagged(answers.of(AccountOut, 409, status=201, description=one), 201),
        status_code=201,
    )
    async def create_account(
        body: AccountIn,
        caller: Admin,
        writes: WritesOf,
        vault: VaultOf,
        tools: ToolsOf,
        once: OnceOf,
        request: Request,
    ) -> Response:
        form = require_form(kind, body.type)
        given = read_account(form, provider=body.provider, settings=body.settings, secrets=body.secrets)
        await admit(tools.outbound, form, given)
        rules, tenant_id = AccountRules(kind, vault), caller.tenant_id
        written = await writes.create(
            objects,
            tenant_id,
            cause_of(caller, request),
            # The body holds secrets, so what is kept to recognise it must tell nothing.
            replace(once, request_hash=vault.fingerprint(once.request_hash)),
            lambda change: rules.create(change, body.name, body.type, given),
            lambda conn, account_id: rules.made(AccountStore(conn, tenant_id, kind), account_id),
        )
        return _written(request, written, status=201)

    @router.get("/{name}", summary=f"Get {a}", responses=tagged(answers.of(AccountOut, 404, description=one)))
    async def get_account(name: Name, caller: Viewer, reads: Reads) -> Response:
        found = await reads.get(caller.tenant_id, kind, name)
        return JSONResponse(account_json(found), headers={"ETag": etag(found.version)})

    @router.put(
        "/{name}",
        summary=f"Change {a}",
        description="Secrets that the body does not name stay; null takes one away.",
        responses=tagged(answers.of(AccountOut, 404, description=one)),
    )
    async def update_account(
        name: Name,
        body: AccountPutIn,
        caller: Admin,
        match: IfMatchOf,
        reads: Reads,
        writes: WritesOf,
        vault: VaultOf,
        tools: ToolsOf,
        request: Request,
    ) -> Response:
        # The type of an account never changes.
        form = require_form(kind, (await reads.get(caller.tenant_id, kind, name)).type)
        given = read_account(form, provider=body.provider, settings=body.settings, secrets=body.secrets)
        await admit(tools.outbound, form, given)
        written = await writes.change(
            caller.tenant_id,
            cause_of(caller, request),
            lambda change: AccountRules(kind, vault).update(change, name, given, match=match),
        )
        return _written(request, written)

    @router.delete(
        "/{name}",
        summary=f"Delete {a}",
        description="Refused while it is in use.",
        status_code=204,
        responses=answers.errors(404, 409),
    )
    async def delete_account(
        name: Name, caller: Admin, match: IfMatchOf, writes: WritesOf, vault: VaultOf, request: Request
    ) -> Response:
        written = await writes.change(
            caller.tenant_id,
            cause_of(caller, request),
            lambda change: AccountRules(kind, vault).delete(change, name, match=match),
        )
        return no_content(request, written)

    @router.post(
        "/{name}/test",
        summary=f"Test {a}",
        description="By a call that changes nothing; a webhook is sent a message of the type `webhook.test`.",
        responses=answers.of(ProbeOut, 404, description="Whether it works, and what was found"),
    )
    async def test_account(name: Name, caller: Admin, connections: ConnectionsOf, tools: ToolsOf) -> Response:
        result = await probed(connections, caller.tenant_id, kind, name, tools.outbound)
        return JSONResponse({"ok": result.ok, "detail": result.detail, "latencyMs": result.latency_ms})

    return router


types_router: Final = workflows_router(INTEGRATION_TYPES_PATH, "integrations")


@types_router.get(
    "",
    summary="List the types of integration",
    responses=Responses({}).of(IntegrationTypesOut, description="All of them, with settings and secrets"),
)
async def list_integration_types(_caller: Viewer) -> Response:
    return JSONResponse({"data": [type_json(one) for one in TYPES.values()]})


def _written(request: Request, written: Written[Account], *, status: int = 200) -> Response:
    return write_answer(request, account_json(written.result), written, written.result.version, status=status)


ROUTERS: Final = (
    accounts_router(PROVIDER, PROVIDERS_PATH),
    accounts_router(INTEGRATION, INTEGRATIONS_PATH),
    types_router,
)
