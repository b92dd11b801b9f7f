"""`/api/keys`: an admin makes, lists and revokes the tenant's API keys."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import JSONResponse, Response

from libs.auth import keys
from libs.auth.causes import cause_of
from libs.auth.http import Admin
from libs.httpkit.errors import Unprocessable, Violation
from libs.httpkit.paging import PageOf, Pagination
from libs.httpkit.router import FamilyRouter
from libs.service.writing import OnceOf, WritesOf, no_content, position_header
from services.accounts import rules
from services.accounts.api.shared import DirectoryOf, described, shown
from services.accounts.kinds import API_KEYS, key_json
from services.accounts.reads import existing_key
from services.accounts.schemas import KeyIn, KeyPage, NewKeyOut

PATH = "/api/keys"
KeyId = Annotated[uuid.UUID, Path(alias="keyId")]
router = FamilyRouter(prefix=PATH, tags=["keys"])


@router.post(
    "",
    summary="Make an API key, shown this once",
    status_code=201,
    responses=shown(NewKeyOut, status=201),
)
async def create_key(body: KeyIn, caller: Admin, writes: WritesOf, once: OnceOf, request: Request) -> Response:
    """Create an API key and return it with its text; a repeat with the same `Idempotency-Key` leaves the text out."""
    draft = body.draft()
    if draft.expires_at is not None and draft.expires_at <= datetime.now(UTC):
        raise Unprocessable(Violation(("body", "expiresAt"), "a time in the future is expected", "expires_at"))
    tenant_id, new = caller.tenant_id, keys.generate()
    made = await writes.create(
        API_KEYS,
        tenant_id,
        cause_of(caller, request),
        once,
        lambda change: rules.create_key(change, new, draft),
        lambda conn, key_id: existing_key(conn, tenant_id, uuid.UUID(key_id)),
    )
    shown_once = {} if made.is_repeat else {"key": new.plain}
    return JSONResponse(
        {**key_json(made.result), **shown_once},
        201,
        headers=position_header(request, made.positions),
    )


@router.get("", summary="List the tenant's API keys", responses=shown(KeyPage))
async def list_keys(caller: Admin, directory: DirectoryOf, page: PageOf) -> Response:
    """List the API keys, newest first, revoked and expired ones too."""
    found, total = await directory.list_keys(caller.tenant_id, page)
    pagination = Pagination.of(page, total).as_json()
    return JSONResponse({"data": [key_json(key) for key in found], "pagination": pagination})


@router.delete(
    "/{keyId}",
    summary="Revoke an API key",
    status_code=204,
    responses=described(404),
)
async def revoke_key(key_id: KeyId, caller: Admin, writes: WritesOf, request: Request) -> Response:
    """Revoke an API key: from now on it is refused, everywhere within a second."""
    cause = cause_of(caller, request)
    written = await writes.change(caller.tenant_id, cause, lambda change: rules.revoke_key(change, key_id))
    return no_content(request, written)
