"""The gateway's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.auth.authenticator import DEFAULT_AUDIENCE, DEFAULT_ISSUER
from libs.auth.presented import DEFAULT_COOKIE
from libs.eventlog.settings import LogSettings
from libs.pg.settings import PgSettings
from services.gateway.group_commit import Limits
from services.gateway.lease import TTL_S
from services.gateway.store import TIMEOUT_S

_LIMITS = Limits()


class GatewaySettings(PgSettings, LogSettings):
    """Where database and log are, whose tokens are taken, and how much may wait."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    token_issuer: str = DEFAULT_ISSUER
    token_audience: str = DEFAULT_AUDIENCE
    cookie_name: str = DEFAULT_COOKIE
    allowed_origins: frozenset[str] = frozenset()
    gateway_waiting_records: int = Field(default=_LIMITS.waiting_records, ge=1)
    gateway_group_records: int = Field(default=_LIMITS.group_records, ge=1)
    gateway_groups_in_flight: int = Field(default=_LIMITS.groups_in_flight, ge=1)
    gateway_lease_ttl_s: float = Field(default=TTL_S, ge=2)
    gateway_store_timeout_s: float = Field(default=TIMEOUT_S, gt=0)

    @property
    def limits(self) -> Limits:
        """The bounds of what waits and of a group."""
        return Limits(
            waiting_records=self.gateway_waiting_records,
            group_records=self.gateway_group_records,
            groups_in_flight=self.gateway_groups_in_flight,
        )
