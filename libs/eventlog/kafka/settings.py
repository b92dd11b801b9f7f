"""Where the Kafka log is and how long it may take; one frozen value shared by every part of the package."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Addresses, the prefix of every topic and group, and the bounds of waiting.

    `delivery_timeout_s` bounds an append from hand-over to answer, `request_timeout_s` one request of the producer and
    of the administration. A consumer that heard nothing from its brokers for `silence_limit_s` is made anew; a member
    without partitions, which cannot tell a quiet group from a lost one, every `idle_limit_s`.
    """

    bootstrap_servers: str
    topic_prefix: str = ""
    client_id: str = "waymark"
    delivery_timeout_s: float = 4.5
    request_timeout_s: float = 3.0
    batch_bytes: int = 256 * 1024
    fetch_bytes: int = 8 * 1024 * 1024
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
