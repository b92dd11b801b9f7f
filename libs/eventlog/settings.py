"""Which log a process uses and how its topics are kept; a service's own settings model inherits it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.contracts.topics import manifest


class LogSettings(BaseSettings):
    """Kafka when its addresses are given, else the PostgreSQL log in the database. Environment prefix `WAYMARK_`.

    `topic_prefix` keeps several installations apart on one broker. `retention_ms` and `partitions` go into
    `libs.contracts.topics.manifest` where topics are made.
    """

    model_config = SettingsConfigDict(env_prefix="WAYMARK_", env_ignore_empty=True, frozen=True, extra="ignore")

    kafka_bootstrap_servers: str | None = None
    # Holds a password, so it never appears in a printed settings object.
    database_url: str | None = Field(default=None, repr=False)
    topic_prefix: str = ""
    retention_ms: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    partitions: int | None = Field(default=None, ge=1)

    @field_validator("retention_ms")
    @classmethod
    def _is_of_our_topics(cls, retention_ms: dict[str, int]) -> dict[str, int]:
        """Refuse what the manifest refuses, where the setting is read."""
        manifest(retention_ms=retention_ms)
        return retention_ms
