"""Authentication for routes: FastAPI dependencies, and the same as a function for raw ASGI callables.

An app keeps its `Access` in `app.state.access`, or its lifespan yields it as `{"access": …}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends, Header, Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from starlette.types import Scope

from libs.auth.authenticator import Authenticator, check_tenant_header, check_user_email
from libs.auth.defaults import DEFAULT_COOKIE
from libs.auth.presented import read_presented
from libs.auth.principal import USER, Principal
from libs.auth.rate_limits import RateLimiter
from libs.httpkit.admission import admits
from libs.httpkit.errors import Forbidden, TooManyRequests, Unauthenticated, Unavailable
from libs.httpkit.raising import raises
from libs.telemetry.metrics import AUTHENTICATIONS
from libs.telemetry.middleware import add_response_header

PRINCIPAL = "waymark.principal"
_KEY = APIKeyHeader(name="x-api-key", auto_error=False)
_BEARER = HTTPBearer(auto_error=False)
_COOKIE = APIKeyCookie(name=DEFAULT_COOKIE, auto_error=False)
_accepted = AUTHENTICATIONS.labels("accepted")
_refused = AUTHENTICATIONS.labels("refused")


@dataclass(frozen=True, slots=True)
class Access:
    """The parts by which an app knows its callers."""

    authenticator: Authenticator
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    cookie_name: str = DEFAULT_COOKIE


async def authenticate_scope(access: Access, scope: Scope) -> Principal:
    """Return the caller of a request, its rate limit counted and its `X-RateLimit-*` headers set.

    Raises 401, 403, 429, 503.

    The principal is also left in the scope, so a request is judged and counted once.
    """
    known: Principal | None = scope.get(PRINCIPAL)
    if known is not None:
        return known
    presented = read_presented(scope["headers"], scope["method"], access.cookie_name)
    try:
        principal = await access.authenticator.authenticate(presented)
        check_tenant_header(principal, _header(scope, b"x-tenant-id"))
    except (Unauthenticated, Forbidden):
        _refused.inc()
        raise
    _accepted.inc()
    for name, value in access.rate_limiter.require(principal).items():
        add_response_header(scope, name, value)
    scope[PRINCIPAL] = principal
    return principal


def access_of(request: Request) -> Access:
    """Return the app's `Access`."""
    found = getattr(request.state, "access", None) or request.app.state.access
    return cast(Access, found)


async def _admit_anyone(request: Request) -> str:
    return (await authenticate_scope(access_of(request), request.scope)).tenant_id


@admits(_admit_anyone)
@raises(Unauthenticated, Forbidden, TooManyRequests, Unavailable)
async def current_principal(
    request: Request,
    _key: Annotated[str | None, Security(_KEY)] = None,
    _bearer: Annotated[object, Security(_BEARER)] = None,
    _cookie: Annotated[str | None, Security(_COOKIE)] = None,
) -> Principal:
    """Return the caller, whatever the role. The security parameters only describe the route in OpenAPI."""
    return await authenticate_scope(access_of(request), request.scope)


def require_role(principal: Principal, role: str) -> None:
    """Raise 403 unless the caller may do what `role` may."""
    if not principal.allows(role):
        raise Forbidden(f"this needs the role {role}")


def require(role: str) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency: the caller, who must have at least this role."""

    async def admit(request: Request) -> str:
        principal = await authenticate_scope(access_of(request), request.scope)
        require_role(principal, role)
        return principal.tenant_id

    @admits(admit)
    async def check(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        require_role(principal, role)
        return principal

    return check


def require_user(role: str) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency of the families that demand `user-email`: a user, who must have at least this role.

    Raises 403 for a key, 401 without the header, 403 when it names somebody else.
    """

    async def admit(request: Request) -> str:
        principal = await authenticate_scope(access_of(request), request.scope)
        if principal.actor_type != USER:
            raise Forbidden("this needs a user's token: a key is not taken")
        check_user_email(principal, _header(request.scope, b"user-email"))
        require_role(principal, role)
        return principal.tenant_id

    @admits(admit)
    @raises(Unauthenticated, Forbidden, TooManyRequests, Unavailable)
    async def check(
        request: Request,
        _bearer: Annotated[object, Security(_BEARER)],
        _cookie: Annotated[str | None, Security(_COOKIE)],
        _email: Annotated[
            str | None, Header(alias="user-email", description="E-mail of the token's user; 401 without it.")
        ] = None,
    ) -> Principal:
        return await authenticate_scope(access_of(request), request.scope)

    return check


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


Viewer = Annotated[Principal, Depends(require("viewer"))]
Editor = Annotated[Principal, Depends(require("editor"))]
Admin = Annotated[Principal, Depends(require("admin"))]
ViewingUser = Annotated[Principal, Depends(require_user("viewer"))]
EditingUser = Annotated[Principal, Depends(require_user("editor"))]
