"""Address and time limits of the Kafka log; one frozen value shared by every part of the package."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccess:
    """A client's credentials at the brokers; without a user it shows none."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, username: str | None, password_file: Path | None, ca_file: Path | None) -> Self:
        """Read the password, and what brokers' certificates are checked against. Raises OSError for a missing file."""
        password = None if password_file is None else password_file.read_text(encoding="utf-8").strip()
        tls = None if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
        return cls(username=username, password=password, tls=tls)

    @property
    def options(self) -> dict[str, Any]:
        """Return the options that every client of aiokafka takes."""
        tls = {} if self.tls is None else {"ssl_context": self.tls}
        if self.username is None:
            return {"security_protocol": "SSL" if tls else "PLAINTEXT", **tls}
        return {
            "security_protocol": "SASL_SSL" if tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
            **tls,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Addresses, the prefix of every topic and group, and the bounds of waiting.

    `partitions` is how many a topic of the default number has in this installation.

    `delivery_timeout_s` bounds an append from hand-over to answer, `request_timeout_s` one request of the producer and
    of the administration. A consumer that heard nothing from its brokers for `silence_limit_s` is made anew; a member
    without partitions, which cannot tell a quiet group from a lost one, every `idle_limit_s`.
    """

    bootstrap_servers: str
    topic_prefix: str = ""
    partitions: int | None = None
    access: KafkaAccess = field(default_factory=KafkaAccess)
    client_id: str = "waymark"
    delivery_timeout_s: float = 4.5
    request_timeout_s: float = 3.0
    batch_bytes: int = 256 * 1024
    fetch_bytes: int = 2 * 1024 * 1024
    partition_fetch_bytes: int = 512 * 1024
    session_timeout_s: float = 10.0
    heartbeat_s: float = 1.0
    rebalance_timeout_s: float = 30.0
    max_poll_interval_s: float = 300.0
    silence_limit_s: float = 10.0
    idle_limit_s: float = 60.0

    def to_kafka(self, name: str) -> str:
        """Return the topic's or group's name at the broker."""
        return self.topic_prefix + name

    def to_canonical(self, name: str) -> str:
        """Return the name that the rest of Waymark uses."""
        return name[len(self.topic_prefix) :]
