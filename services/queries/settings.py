"""The settings of queries, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.auth.authenticator import DEFAULT_AUDIENCE, DEFAULT_ISSUER
from libs.auth.presented import DEFAULT_COOKIE
from libs.eventlog.settings import LogSettings
from libs.pg.settings import PgSettings


class QueriesSettings(PgSettings, LogSettings):
    """Where the database and the log are, whose tokens are taken, and how long a JSON filter may search."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE
    cookie_name: str = DEFAULT_COOKIE
    allowed_origins: frozenset[str] = frozenset()
    queries_json_filter_timeout_s: float = Field(default=5.0, gt=0, le=60)
