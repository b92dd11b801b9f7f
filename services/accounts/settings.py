"""Accounts' settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from libs.service.settings import ServiceSettings
from libs.vault.settings import SecretKeySettings


class AccountsSettings(ServiceSettings, SecretKeySettings):
    """The settings of every service, the secret that encrypts, and the lifetimes of logins."""

    token_algorithm: str = Field(default="EdDSA", pattern="^(EdDSA|ES256)$")
    access_token_lifetime_s: int = Field(default=900, ge=60, le=86_400)
    session_lifetime_days: int = Field(default=30, ge=1, le=365)
    signing_key_lifetime_days: int = Field(default=30, ge=1, le=365)
    cookie_secure: bool | None = None
    """None: secure if the request came over https."""

    @property
    def access_token_lifetime(self) -> timedelta:
        """The lifetime of an access token."""
        return timedelta(seconds=self.access_token_lifetime_s)

    @property
    def session_lifetime(self) -> timedelta:
        """The lifetime of a session, however often it is refreshed."""
        return timedelta(days=self.session_lifetime_days)

    @property
    def signing_key_lifetime(self) -> timedelta:
        """The time for which a key signs before it is replaced."""
        return timedelta(days=self.signing_key_lifetime_days)
