"""Which log a process uses and how its topics are kept; a service's own settings model inherits it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from libs.contracts.topics import Topic, manifest
from libs.pg.settings import PgSettings


class LogSettings(PgSettings):
    """Kafka when its addresses are given, else the PostgreSQL log in the database. Environment prefix `WAYMARK_`.

    With `kafka_username` the brokers are spoken to by SASL/SCRAM-SHA-512, and with `kafka_ca_file` over TLS.
    `topic_prefix` keeps several installations apart on one broker. The topics are made with `retention_ms`
    and, those of the default number of partitions, with `partitions`, which stays as it is from then on.
    """

    kafka_bootstrap_servers: str | None = None
    kafka_username: str | None = None
    kafka_password_file: Path | None = None
    kafka_ca_file: Path | None = None
    topic_prefix: str = ""
    retention_ms: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    partitions: int | None = Field(default=None, ge=1)

    @property
    def manifest(self) -> tuple[Topic, ...]:
        """Return the manifest as this installation has it."""
        return manifest(retention_ms=self.retention_ms, partitions=self.partitions)

    @field_validator("retention_ms")
    @classmethod
    def _is_of_our_topics(cls, retention_ms: dict[str, int]) -> dict[str, int]:
        """Refuse what the manifest refuses, where the setting is read."""
        manifest(retention_ms=retention_ms)
        return retention_ms
