"""What every process of Waymark is told by its environment, and what every service's settings begin with."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from libs.auth.defaults import DEFAULT_AUDIENCE, DEFAULT_COOKIE, DEFAULT_ISSUER
from libs.eventlog.settings import LogSettings
from libs.pg.settings import PgSettings


def _network(text: str) -> str:
    return str(ip_network(text))


class ProcessSettings(PgSettings):
    """`host` and `port` to listen on; `member` names this process in consumer groups, the same after a restart.

    `trusted_proxies`: addresses and networks whose `X-Forwarded-For` and `X-Forwarded-Proto` say who a caller is.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    trusted_proxies: frozenset[Annotated[str, AfterValidator(_network)]] = frozenset()
    member: str = Field(default_factory=socket.gethostname, min_length=1, max_length=100)

    @property
    def required_database_url(self) -> str:
        """The database's URL; ValueError when none is set, since a service on its own does not bring a database."""
        if self.database_url is None:
            raise ValueError("WAYMARK_DATABASE_URL is not set")
        return self.database_url


class ServiceSettings(ProcessSettings, LogSettings):
    """Where the database and the log are, and whose tokens are taken; a service's own settings model inherits it."""

    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE
    cookie_name: str = DEFAULT_COOKIE
    allowed_origins: frozenset[str] = frozenset()
