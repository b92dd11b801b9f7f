"""The two cookies of a login: the access token for every path, the refresh token for the login routes alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fastapi import Request
from fastapi.responses import Response

from libs.auth.presented import read_presented
from libs.httpkit.errors import Forbidden
from services.accounts.sessions import LoggedIn

REFRESH_COOKIE = "waymark_refresh"
REFRESH_PATH = "/api/v1/auth"


@dataclass(frozen=True, slots=True)
class Cookies:
    """The settings of cookies; with `secure` None they are secure if the request came over https."""

    access_name: str
    secure: bool | None
    allowed_origins: frozenset[str]

    def set(self, request: Request, response: Response, login: LoggedIn) -> None:
        """Set both cookies, each for as long as its token is valid."""
        self._set(request, response, self.access_name, login.access_token, login.expires_at, "/", "lax")
        self._set(
            request, response, REFRESH_COOKIE, login.refresh_token, login.session_expires_at, REFRESH_PATH, "strict"
        )

    def clear(self, request: Request, response: Response) -> None:
        """Take both back."""
        secure = self._is_secure(request)
        response.delete_cookie(self.access_name, path="/", secure=secure, httponly=True, samesite="lax")
        response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH, secure=secure, httponly=True, samesite="strict")

    def check_origin(self, request: Request) -> None:
        """Raise 403 when the browser names a foreign origin."""
        presented = read_presented(request.scope["headers"], request.method)
        from_browser = presented.origin is not None or presented.fetch_site is not None
        if from_browser and not presented.is_same_origin(self.allowed_origins):
            raise Forbidden("this must come from the same origin")

    def _set(
        self,
        request: Request,
        response: Response,
        name: str,
        value: str,
        expires: datetime,
        path: str,
        same_site: Literal["lax", "strict"],
    ) -> None:
        secure = self._is_secure(request)
        response.set_cookie(name, value, expires=expires, path=path, secure=secure, httponly=True, samesite=same_site)

    def _is_secure(self, request: Request) -> bool:
        return request.url.scheme == "https" if self.secure is None else self.secure
