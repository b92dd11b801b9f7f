"""`/api/v1/auth`: login, refresh, logout, who am I, another password."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of, correlation_of
from libs.auth.http import Viewer, access_of, authenticate_scope, current_principal
from libs.auth.passwords import Passwords, check_new_password
from libs.auth.principal import USER, Principal
from libs.contracts.times import format_time
from libs.httpkit.errors import Forbidden, Unauthenticated
from libs.httpkit.requests import address_of
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.writing import WritesOf, no_content
from services.accounts.api.cookies import REFRESH_COOKIE, Cookies
from services.accounts.api.shared import DirectoryOf, UserRulesOf, described, shown
from services.accounts.errors import NoSession, WrongPassword
from services.accounts.guesses import Guesses
from services.accounts.schemas import LoginIn, MeOut, PasswordIn, TokenOut
from services.accounts.sessions import LoggedIn, Sessions

router = FamilyRouter(prefix="/api/v1/auth", tags=["login"])
SessionsOf = Annotated[Sessions, state("sessions")]
CookiesOf = Annotated[Cookies, state("cookies")]


@router.post(
    "/login",
    summary="Log in with e-mail and password",
    responses=shown(TokenOut, 401, 403, 409, 429),
)
async def login(body: LoginIn, request: Request, sessions: SessionsOf, cookies: CookiesOf) -> Response:
    """Begin a session: the access token is in the answer and a cookie, the refresh token in an HTTP-only cookie.

    An e-mail may belong to a user in each of several tenants. Without `tenantId` the password decides; when it is right
    in several, 409 names them in `tenants`. Who is in more than four tenants has to name one.
    """
    cookies.check_origin(request)
    correlation_id = correlation_of(request)
    logged_in = await sessions.login(
        body.email,
        body.password,
        tenant_id=body.tenant_id,
        address=address_of(request),
        correlation_id=correlation_id,
    )
    return _logged_in(request, cookies, logged_in)


@router.post(
    "/refresh",
    summary="Another access token for the session of the refresh cookie",
    responses=shown(TokenOut, 401, 403),
)
async def refresh(request: Request, sessions: SessionsOf, cookies: CookiesOf) -> Response:
    """Issue another access token; the refresh cookie is good once and replaced, and using it twice ends the session."""
    cookies.check_origin(request)
    token = request.cookies.get(REFRESH_COOKIE)
    if not token:
        raise NoSession
    return _logged_in(request, cookies, await sessions.refresh(token, correlation_id=correlation_of(request)))


@router.post("/logout", summary="End the session", status_code=204, responses=described(403, 429))
async def logout(request: Request, sessions: SessionsOf, cookies: CookiesOf) -> Response:
    """End the session of the refresh cookie or of the access token; without either there is nothing to end."""
    cookies.check_origin(request)
    token = request.cookies.get(REFRESH_COOKIE)
    if token:
        await sessions.end_by_token(token, correlation_id=correlation_of(request))
    else:
        await _end_session_of_caller(request, sessions)
    response = Response(status_code=204)
    cookies.clear(request, response)
    return response


@router.get("/me", summary="Who am I", responses=shown(MeOut))
async def me(caller: Viewer, directory: DirectoryOf) -> Response:
    """Return the caller, whatever the credential."""
    user = None
    if caller.actor_type == USER:
        user = await directory.get_user(caller.tenant_id, uuid.UUID(caller.subject))
    return JSONResponse(
        {
            "tenantId": caller.tenant_id,
            "subject": caller.subject,
            "actorType": caller.actor_type,
            "roles": sorted(caller.roles),
            "userId": None if user is None else str(user.user_id),
            "email": None if user is None else user.email,
            "name": None if user is None else user.name,
        }
    )


@router.post(
    "/password",
    summary="Change the caller's password",
    status_code=204,
    responses=described(429),
)
async def change_password(
    body: PasswordIn,
    caller: Annotated[Principal, Depends(current_principal)],
    directory: DirectoryOf,
    guesses: Annotated[Guesses, state("guesses")],
    passwords: Annotated[Passwords, state("passwords")],
    writes: WritesOf,
    users: UserRulesOf,
    request: Request,
) -> Response:
    """Replace the password and end all sessions, this one too; a wrong present password counts as a failed login."""
    if caller.actor_type != USER:
        raise Forbidden("only users have a password")
    user, old_hash = await directory.get_login(caller.tenant_id, uuid.UUID(caller.subject))
    is_right = await guesses.verify(
        body.current_password, [old_hash], email=user.email, address=address_of(request), at=datetime.now(UTC)
    )
    if is_right != [True]:
        raise WrongPassword
    check_new_password(body.new_password, email=user.email, loc=("body", "newPassword"))
    new_hash = await passwords.hash(body.new_password)
    written = await writes.change(
        caller.tenant_id,
        cause_of(caller, request),
        lambda change: users.set_password(change, user, old_hash=old_hash, new_hash=new_hash),
    )
    return no_content(request, written)


async def _end_session_of_caller(request: Request, sessions: Sessions) -> None:
    try:
        caller = await authenticate_scope(access_of(request), request.scope)
    except Unauthenticated:
        return
    if caller.session_id is not None:
        session_id, user_id = uuid.UUID(caller.session_id), uuid.UUID(caller.subject)
        await sessions.end(caller.tenant_id, session_id, user_id, correlation_id=correlation_of(request))


def _logged_in(request: Request, cookies: Cookies, login: LoggedIn) -> Response:
    body = {"accessToken": login.access_token, "expirationTime": format_time(login.expires_at)}
    response = JSONResponse(body)
    cookies.set(request, response, login)
    return response
