"""The settings of monitoring, read once from `WAYMARK_*`."""

from __future__ import annotations

from pydantic import Field

from libs.outbound.settings import OutboundSettings
from libs.service.settings import ServiceSettings
from libs.vault.settings import SecretKeySettings
from services.monitoring.definitions.model import MAX_WATERMARK_MS


class MonitoringSettings(ServiceSettings, OutboundSettings, SecretKeySettings):
    """The settings of every service, where it may call out, the secret that encrypts, the times and limits of matching.

    A record waits `monitoring_watermark_ms` after it was accepted, so that earlier ones can come before it. While
    something is due, a partition's clock moves at most every `monitoring_tick_ms`. Of one definition at most
    `monitoring_open_matches_max` matches are open at a time. An alert rule is evaluated every
    `monitoring_evaluation_ms`. A message to a webhook that was not delivered is sent again after
    `webhook_retry_first_ms`, then after four times as long, and so on.
    """

    monitoring_watermark_ms: int = Field(default=5_000, ge=0, le=MAX_WATERMARK_MS)
    monitoring_tick_ms: int = Field(default=1_000, ge=1)
    monitoring_evaluation_ms: int = Field(default=15_000, ge=100, le=3_600_000)
    monitoring_open_matches_max: int = Field(default=100_000, ge=1)
    webhook_retry_first_ms: int = Field(default=5_000, ge=1, le=21_600_000)
