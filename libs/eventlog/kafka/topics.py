"""Creates topics, sets and compares what they are, and names the log; one short-lived connection per task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from libs.contracts.topics import MAX_RECORD_BYTES, Topic
from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.kafka.teardown import bounded
from libs.eventlog.topic_check import check_partitions, check_topic

_NO_ERROR = 0
_SET_ON_TOPIC = 1  # Kafka's source code for a value that was set on the topic itself
_REPLICAS = 3
_ENVELOPE_BYTES = 64 * 1024
_APPEAR_TIMEOUT_S = 15.0


@asynccontextmanager
async def admin_client(settings: KafkaSettings, trouble: str = "does not answer") -> AsyncIterator[AIOKafkaAdminClient]:
    """Open a client for administration. Raises LogUnavailable saying `trouble`, also for what fails in the block."""
    client = AIOKafkaAdminClient(
        bootstrap_servers=settings.bootstrap_servers,
        **settings.access.options,
        client_id=settings.client_id,
        request_timeout_ms=int(settings.request_timeout_s * 1000),
    )
    try:
        await asyncio.wait_for(client.start(), settings.request_timeout_s)
        yield client
    except (KafkaError, TimeoutError, OSError) as error:
        raise LogUnavailable(f"Kafka at {settings.bootstrap_servers} {trouble}: {error!r}") from error
    finally:
        await bounded(client.close(), timeout_s=1.0)


class Admin:
    """The topics of one log at its brokers."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def identity(self) -> str:
        """Return the cluster's id and the prefix. Raises LogUnavailable."""
        async with admin_client(self._settings) as client:
            cluster_id = (await client.describe_cluster())["cluster_id"]
        return f"{cluster_id}/{self._settings.topic_prefix}" if self._settings.topic_prefix else str(cluster_id)

    async def ensure(self, topics: Sequence[Topic]) -> None:
        """Create what is missing and set what differs. Raises LogMismatch, LogUnavailable."""
        async with admin_client(self._settings) as client:
            found = await self._partition_counts(client, topics)
            for topic in topics:
                check_partitions(topic, found.get(topic.name, topic.partitions))
            replicas = min(_REPLICAS, len((await client.describe_cluster())["brokers"]))
            await self._create(client, [topic for topic in topics if topic.name not in found], replicas)
            await self._configure(client, [topic for topic in topics if topic.name in found], replicas)
            await self._await_appearance(client, topics, replicas)

    async def check(self, topics: Sequence[Topic]) -> None:
        """Raise LogMismatch naming all that differs, LogUnavailable when nobody answers."""
        async with admin_client(self._settings) as client:
            counts = await self._partition_counts(client, topics)
            configs = await self._configs(client, [topic for topic in topics if topic.name in counts])
        problems = [check_topic(topic, _found(topic, counts, configs)) for topic in topics]
        if any(problems):
            raise LogMismatch("; ".join(problem for problem in problems if problem))

    async def missing(self, topics: Sequence[Topic]) -> list[str]:
        """Return names of the topics that do not exist. Raises LogUnavailable."""
        async with admin_client(self._settings) as client:
            counts = await self._partition_counts(client, topics)
        return [topic.name for topic in topics if topic.name not in counts]

    async def _partition_counts(self, client: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, int]:
        described = await client.describe_topics([self._settings.to_kafka(topic.name) for topic in topics])
        return {
            self._settings.to_canonical(entry["topic"]): len(entry["partitions"])
            for entry in described
            if entry["error_code"] == _NO_ERROR
        }

    async def _create(self, client: AIOKafkaAdminClient, topics: Sequence[Topic], replicas: int) -> None:
        if not topics:
            return
        wanted = [
            NewTopic(
                self._settings.to_kafka(topic.name), topic.partitions, replicas, topic_configs=_config(topic, replicas)
            )
            for topic in topics
        ]
        response = await client.create_topics(wanted)
        for _name, code, *message in response.topic_errors:
            error = for_code(code)
            if code != _NO_ERROR and error is not TopicAlreadyExistsError:  # another one started at the same time
                raise error(*message)

    async def _configure(self, client: AIOKafkaAdminClient, topics: Sequence[Topic], replicas: int) -> None:
        """Set our settings on existing topics; the request replaces all of a topic's own, so the others go with it."""
        configs = await self._configs(client, topics)
        resources = []
        for topic in topics:
            current = configs[topic.name]
            wanted = current | _config(topic, replicas)
            if wanted != current:
                resources.append(ConfigResource(ConfigResourceType.TOPIC, self._settings.to_kafka(topic.name), wanted))
        if resources:
            (response,) = await client.alter_configs(resources)
            for code, message, *_resource in response.resources:
                if code != _NO_ERROR:
                    raise for_code(code)(message)

    async def _configs(self, client: AIOKafkaAdminClient, topics: Sequence[Topic]) -> dict[str, dict[str, str]]:
        """Return the settings made on each topic itself."""
        if not topics:
            return {}
        names = [ConfigResource(ConfigResourceType.TOPIC, self._settings.to_kafka(topic.name)) for topic in topics]
        found = {}
        for response in await client.describe_configs(names):
            for code, message, _type, name, entries in response.resources:
                if code != _NO_ERROR:
                    raise for_code(code)(message)
                found[self._settings.to_canonical(name)] = _own_entries(entries)
        return found

    async def _await_appearance(self, client: AIOKafkaAdminClient, topics: Sequence[Topic], replicas: int) -> None:
        """Return when the brokers know the topics as they were made: the controller's word reaches them later."""
        async with asyncio.timeout(_APPEAR_TIMEOUT_S):
            while True:
                counts = await self._partition_counts(client, topics)
                for topic in topics:
                    check_partitions(topic, counts.get(topic.name, topic.partitions))
                if all(topic.name in counts for topic in topics) and await self._are_set(client, topics, replicas):
                    return
                await asyncio.sleep(0.05)

    async def _are_set(self, client: AIOKafkaAdminClient, topics: Sequence[Topic], replicas: int) -> bool:
        try:
            configs = await self._configs(client, topics)
        except UnknownTopicOrPartitionError:  # said by a broker that is behind the one asked before
            return False
        return all(_config(topic, replicas).items() <= configs[topic.name].items() for topic in topics)


def _config(topic: Topic, replicas: int) -> dict[str, str]:
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(-1 if topic.retention_ms is None else topic.retention_ms),
        "retention.bytes": "-1",
        "max.message.bytes": str(MAX_RECORD_BYTES + _ENVELOPE_BYTES),
        "message.timestamp.type": "CreateTime",
        "min.insync.replicas": str(2 if replicas >= _REPLICAS else 1),
    }


def _found(topic: Topic, counts: dict[str, int], configs: dict[str, dict[str, str]]) -> Topic | None:
    if topic.name not in counts:
        return None
    policy = configs[topic.name].get("cleanup.policy", "delete")
    return Topic(topic.name, topic.key, topic.description, counts[topic.name], compacted="compact" in policy)


def _own_entries(entries: Sequence[Sequence[Any]]) -> dict[str, str]:
    return {name: value for name, value, _read_only, source, *_ in entries if source == _SET_ON_TOPIC}
