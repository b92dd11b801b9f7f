"""Accounts' settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from libs.service.settings import ServiceSettings


class AccountsSettings(ServiceSettings):
    """The settings of every service, the secret that encrypts, and the lifetimes of logins."""

    secret_key: str | None = Field(default=None, repr=False)
    secret_key_file: Path | None = None
    token_algorithm: str = Field(default="EdDSA", pattern="^(EdDSA|ES256)$")
    access_token_lifetime_s: int = Field(default=900, ge=60, le=86_400)
    session_lifetime_days: int = Field(default=30, ge=1, le=365)
    signing_key_lifetime_days: int = Field(default=30, ge=1, le=365)
    cookie_secure: bool | None = None
    """None: secure if the request came over https."""

    @property
    def secret(self) -> str | None:
        """The secret from the setting, else from the file (the way of container secrets), else None."""
        if self.secret_key is None and self.secret_key_file is not None:
            return self.secret_key_file.read_text(encoding="utf-8")
        return self.secret_key

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
