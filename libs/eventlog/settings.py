"""Which log a process uses and how its topics are kept; a service's own settings model inherits it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from libs.contracts.topics import manifest
from libs.pg.settings import PgSettings


class LogSettings(PgSettings):
    """Kafka when its addresses are given, else the PostgreSQL log in the database. Environment prefix `WAYMARK_`.

    With `kafka_username` the brokers are spoken to by SASL/SCRAM-SHA-512, and with `kafka_ca_file` over TLS.
    `topic_prefix` keeps several installations apart on one broker. `retention_ms` and `partitions` go into
    `libs.contracts.topics.manifest` where topics are made.
    """

    kafka_bootstrap_servers: str | None = None
    kafka_username: str | None = None
    kafka_password_file: Path | None = None
    kafka_ca_file: Path | None = None
    topic_prefix: str = ""
    retention_ms: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    partitions: int | None = Field(default=None, ge=1)

    @field_validator("retention_ms")
    @classmethod
    def _is_of_our_topics(cls, retention_ms: dict[str, int]) -> dict[str, int]:
        """Refuse what the manifest refuses, where the setting is read."""
        manifest(retention_ms=retention_ms)
        return retention_ms
