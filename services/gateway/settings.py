"""The gateway's settings, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.service.settings import ServiceSettings
from services.gateway.numbering.group_commit import Limits
from services.gateway.numbering.lease import TTL_S
from services.gateway.numbering.log_comparison import SETTLE_S
from services.gateway.numbering.store import TIMEOUT_S

_LIMITS = Limits()


class GatewaySettings(ServiceSettings):
    """The settings of every service, the bounds of records that wait, and the port of OTLP/gRPC (0: not served)."""

    gateway_waiting_records: int = Field(default=_LIMITS.waiting_records, ge=1)
    gateway_group_records: int = Field(default=_LIMITS.group_records, ge=1)
    gateway_groups_in_flight: int = Field(default=_LIMITS.groups_in_flight, ge=1)
    gateway_lease_ttl_s: float = Field(default=TTL_S, ge=2)
    gateway_store_timeout_s: float = Field(default=TIMEOUT_S, gt=0)
    gateway_log_settle_s: float = Field(default=SETTLE_S, ge=0)
    otlp_grpc_port: int = Field(default=0, ge=0, le=65535)

    @property
    def limits(self) -> Limits:
        """The bounds of waiting records and of a group."""
        return Limits(
            waiting_records=self.gateway_waiting_records,
            group_records=self.gateway_group_records,
            groups_in_flight=self.gateway_groups_in_flight,
        )
