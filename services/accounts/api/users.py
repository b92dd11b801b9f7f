"""`/api/v1/auth/register` and `/api/v1/auth/users`: an admin makes and changes the tenant's users."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Admin
from libs.auth.passwords import Passwords
from libs.httpkit.idempotency import hash_request, parse_key
from libs.httpkit.paging import Pagination
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.objects.idempotency import Once
from libs.service.writing import position_header
from services.accounts.api.shared import DirectoryOf, IdempotencyKey, OneToMany, shown
from services.accounts.changes import UserChange
from services.accounts.records import user_json
from services.accounts.schemas import RegisterIn, UserChangeIn, UserOut, UserPage
from services.accounts.store.users import NewUser
from services.accounts.vault import Vault

PREFIX = "/api/v1/auth"
UserId = Annotated[uuid.UUID, Path(alias="userId")]
router = FamilyRouter(prefix=PREFIX, tags=["users"])


@router.post(
    "/register",
    summary="Make a user in the caller's tenant",
    status_code=201,
    responses=shown(UserOut, 401, 403, 409, 422, status=201),
)
async def register(
    body: RegisterIn,
    caller: Admin,
    directory: DirectoryOf,
    vault: Annotated[Vault, state("vault")],
    passwords: Annotated[Passwords, state("passwords")],
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """E-mails are unique across tenants."""
    # The body holds a password, so what is kept to recognise it must tell nothing.
    fingerprint = vault.fingerprint(hash_request("POST", f"{PREFIX}/register", await request.body()))
    password_hash = await passwords.hash(body.password)
    new = NewUser(email=body.email, name=body.name, password_hash=password_hash, roles=tuple(body.roles))
    once = Once(parse_key(key), fingerprint)
    written = await directory.register(caller.tenant_id, new, cause_of(caller, request), once)
    return JSONResponse(user_json(written.user), 201, headers=position_header(request, written.positions))


@router.get("/users", summary="List the users", responses=shown(UserPage, 401, 403, 422))
async def list_users(caller: Admin, directory: DirectoryOf, page: OneToMany) -> Response:
    """By e-mail, disabled ones too."""
    found, total = await directory.list_users(caller.tenant_id, page)
    pagination = Pagination.of(page, total).as_json()
    return JSONResponse({"data": [user_json(user) for user in found], "pagination": pagination})


@router.get("/users/{userId}", summary="Get one user", responses=shown(UserOut, 401, 403, 404))
async def get_user(user_id: UserId, caller: Admin, directory: DirectoryOf) -> Response:
    """One user of the tenant."""
    return JSONResponse(user_json(await directory.get_user(caller.tenant_id, user_id)))


@router.patch(
    "/users/{userId}",
    summary="Change a user's name, roles or status",
    responses=shown(UserOut, 401, 403, 404, 409, 422),
)
async def change_user(
    user_id: UserId, body: UserChangeIn, caller: Admin, directory: DirectoryOf, request: Request
) -> Response:
    """Other roles or another status make the user's access tokens invalid; a disabled user's sessions end."""
    roles = None if body.roles is None else tuple(body.roles)
    change = UserChange(name=body.name, roles=roles, status=body.status)
    written = await directory.change_user(caller.tenant_id, user_id, change, cause_of(caller, request))
    return JSONResponse(user_json(written.user), headers=position_header(request, written.positions))
