"""`/api/v1/auth/register` and `/api/v1/auth/users`: an admin makes and changes the tenant's users."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Admin
from libs.auth.passwords import Passwords, check_new_password
from libs.httpkit.paging import PageOf, Pagination
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.writing import OnceOf, WritesOf, position_header
from libs.vault.vault import Vault
from services.accounts.api.shared import DirectoryOf, UserRulesOf, shown
from services.accounts.kinds import user_json
from services.accounts.reads import existing_user
from services.accounts.rules import UserChange
from services.accounts.schemas import RegisterIn, UserChangeIn, UserOut, UserPage
from services.accounts.store.users import NewUser

PREFIX = "/api/v1/auth"
UserId = Annotated[uuid.UUID, Path(alias="userId")]
router = FamilyRouter(prefix=PREFIX, tags=["users"])


@router.post(
    "/register",
    summary="Make a user in the caller's tenant",
    status_code=201,
    responses=shown(UserOut, 409, status=201),
)
async def register(
    body: RegisterIn,
    caller: Admin,
    writes: WritesOf,
    once: OnceOf,
    users: UserRulesOf,
    vault: Annotated[Vault, state("vault")],
    passwords: Annotated[Passwords, state("passwords")],
    request: Request,
) -> Response:
    """Create a user; an e-mail is unique within its tenant, whoever else has it."""
    check_new_password(body.password, email=body.email)
    # The body holds a password, so what is kept to recognise it must tell nothing.
    once = replace(once, request_hash=vault.fingerprint(once.request_hash))
    password_hash = await passwords.hash(body.password)
    new = NewUser(email=body.email, name=body.name, password_hash=password_hash, roles=tuple(body.roles))
    tenant_id = caller.tenant_id
    written = await writes.create(
        users.kind,
        tenant_id,
        cause_of(caller, request),
        once,
        lambda change: users.create(change, new),
        lambda conn, user_id: existing_user(conn, tenant_id, uuid.UUID(user_id)),
    )
    return JSONResponse(user_json(written.result), 201, headers=position_header(request, written.positions))


@router.get("/users", summary="List the users", responses=shown(UserPage))
async def list_users(caller: Admin, directory: DirectoryOf, page: PageOf) -> Response:
    """List the users by e-mail, disabled ones too."""
    found, total = await directory.list_users(caller.tenant_id, page)
    pagination = Pagination.of(page, total).as_json()
    return JSONResponse({"data": [user_json(user) for user in found], "pagination": pagination})


@router.get("/users/{userId}", summary="Get one user", responses=shown(UserOut, 404))
async def get_user(user_id: UserId, caller: Admin, directory: DirectoryOf) -> Response:
    """Return one user of the tenant."""
    return JSONResponse(user_json(await directory.get_user(caller.tenant_id, user_id)))


@router.patch(
    "/users/{userId}",
    summary="Change a user's name, roles or status",
    responses=shown(UserOut, 404, 409),
)
async def change_user(
    user_id: UserId, body: UserChangeIn, caller: Admin, writes: WritesOf, users: UserRulesOf, request: Request
) -> Response:
    """Change a user; other roles or another status end the validity of access tokens, and disabling ends sessions."""
    roles = None if body.roles is None else tuple(body.roles)
    wanted = UserChange(name=body.name, roles=roles, status=body.status)
    written = await writes.change(
        caller.tenant_id, cause_of(caller, request), lambda change: users.update(change, user_id, wanted)
    )
    return JSONResponse(user_json(written.result), headers=position_header(request, written.positions))
