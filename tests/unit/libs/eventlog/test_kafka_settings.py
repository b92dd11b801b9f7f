"""What the Kafka log asks of its clients and topics: acknowledged by all, once, and by two of three."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource

from libs.contracts.topics import MANIFEST
from libs.eventlog.kafka import KafkaAccess, KafkaSettings, consumer, session, topics
from libs.eventlog.kafka.consumer import KafkaConsumer
from libs.eventlog.kafka.session import ProducerSession

SETTINGS = KafkaSettings(bootstrap_servers="nowhere:1", access=KafkaAccess(username="ann", password="secret"))


class Recorded(Exception):
    """A client was made with these options."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options


def recording(**options: Any) -> Any:
    raise Recorded(**options)


async def test_the_producer_waits_for_every_replica_and_cannot_write_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "AIOKafkaProducer", recording)
    with pytest.raises(Recorded) as made:
        await ProducerSession.open(SETTINGS, lambda _session, _reason: None)
    assert (made.value.options["acks"], made.value.options["enable_idempotence"]) == ("all", True)


async def test_the_consumer_reads_what_is_committed_and_commits_nothing_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumer, "AIOKafkaConsumer", recording)
    with pytest.raises(Recorded) as made:
        await KafkaConsumer.open(SETTINGS)
    options = made.value.options
    assert (options["isolation_level"], options["enable_auto_commit"]) == ("read_committed", False)
    assert options["auto_offset_reset"] == "none"


class FakeAdmin:
    """A cluster of so many brokers, and the topics made there."""

    def __init__(self, brokers: int) -> None:
        self.brokers = brokers
        self.made: list[NewTopic] = []

    async def start(self) -> None:
        """Answer at once."""

    async def close(self) -> None:
        """Nothing to close."""

    async def describe_cluster(self) -> dict[str, Any]:
        return {"cluster_id": "fake", "brokers": [{"node_id": number} for number in range(self.brokers)]}

    async def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        made = {topic.name: topic.num_partitions for topic in self.made}
        return [
            {"topic": name, "error_code": 0 if name in made else 3, "partitions": [None] * made.get(name, 0)}
            for name in names
        ]

    async def create_topics(self, topics: list[NewTopic]) -> Any:
        self.made += topics
        return SimpleNamespace(topic_errors=[(topic.name, 0, None) for topic in topics])

    async def describe_configs(self, resources: list[ConfigResource]) -> list[Any]:
        configs = {topic.name: topic.topic_configs for topic in self.made}
        found = [
            (0, None, 2, resource.name, [(name, value, False, 1) for name, value in configs[resource.name].items()])
            for resource in resources
        ]
        return [SimpleNamespace(resources=found)]


@pytest.mark.parametrize(("brokers", "replicas", "insync"), [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (5, 3, "2")])
async def test_topics_have_three_replicas_where_there_are_as_many_and_two_must_have_a_record(
    monkeypatch: pytest.MonkeyPatch, brokers: int, replicas: int, insync: str
) -> None:
    cluster = FakeAdmin(brokers)
    monkeypatch.setattr(topics, "AIOKafkaAdminClient", lambda **_: cluster)
    await topics.Admin(KafkaSettings(bootstrap_servers="nowhere:1")).ensure(MANIFEST)
    assert {topic.name for topic in cluster.made} == {topic.name for topic in MANIFEST}
    for topic in cluster.made:
        assert topic.replication_factor == replicas
        assert topic.topic_configs["min.insync.replicas"] == insync
        assert topic.topic_configs["retention.bytes"] == "-1"


def test_whoever_is_named_says_who_they_are(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("secret\n")
    named = KafkaAccess.of("ann", path, None)
    assert named.options == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "ann",
        "sasl_plain_password": "secret",
    }
    assert KafkaAccess().options == {"security_protocol": "PLAINTEXT"}
    assert "secret" not in repr(named)
