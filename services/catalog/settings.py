"""The catalog's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from libs.eventlog.settings import LogSettings
from pydantic import Field

from libs.auth.authenticator import DEFAULT_AUDIENCE, DEFAULT_ISSUER
from libs.auth.presented import DEFAULT_COOKIE
from libs.pg.settings import PgSettings


class CatalogSettings(PgSettings, LogSettings):
    """Where the database and the log are, and whose tokens are taken."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE
    cookie_name: str = DEFAULT_COOKIE
    allowed_origins: frozenset[str] = frozenset()
