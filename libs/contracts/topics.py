"""The topics of the log, declared once: name, key, partitions, retention.

Every implementation of the log creates exactly these and checks them at start; no topic comes into being by being
written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

DEFAULT_PARTITIONS = 6
MAX_RECORD_BYTES = 2 * 1024 * 1024
"""Most bytes that topics and clients carry; twice the door's limit of 1 MiB, so that the door's is the only one met."""

DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: the parts of its key, its number of partitions, and its retention.

    `retention_ms` is counted from a record's accept time; None keeps records for ever. A compacted topic keeps the
    last record of each key, and a record without a value (a tombstone) ends its key. The records of an `unordered` one
    stand for themselves: they may be appended in any order, also those of one key.
    """

    name: str
    key: str
    description: str
    partitions: int = DEFAULT_PARTITIONS
    compacted: bool = False
    retention_ms: int | None = None
    unordered: bool = False


INTERACTIONS = Topic(
    "waymark.interactions.v1",
    key="<tenant>:<correlation id>",
    description="Interactions as recorded, and the numbers of those that never landed, as voided.",
)
EVENTS = Topic(
    "waymark.events.v1",
    key="<tenant>:<correlation id>, else <tenant>:<resource type>:<resource id>",
    description="Producers' events and the platform's own.",
)
REFERENCE = Topic(
    "waymark.reference.v1",
    key="<kind>:<tenant>:<id>",
    description="Mnemonics, definitions and number frontiers, the latest of each.",
    partitions=1,
    compacted=True,
)
CREDENTIALS = Topic(
    "waymark.credentials.v1",
    key="<kind>:<tenant>:<id>",
    description="Tenants, key hashes, signing keys and revocations, the latest of each. Not for subscribers.",
    partitions=1,
    compacted=True,
)
KEY_USES = Topic(
    "waymark.key-uses.v1",
    key="key_use:<tenant>:<key id>",
    description="When API keys were last used. Not for subscribers.",
    partitions=1,
    compacted=True,
)
MONITORING_STEPS = Topic(
    "waymark.monitoring-steps.v1",
    key="<tenant>:<match key>",
    description="Records that a running critical interaction names, keyed for matching; ticks and closings among them.",
)
CRITICAL_INTERACTIONS = Topic(
    "waymark.critical-interactions.v1",
    key="<tenant>:<critical interaction>",
    description="Results of critical interactions: completed, errored and aborted.",
    unordered=True,
)
METRIC_VALUES = Topic(
    "waymark.metric-values.v1",
    key="<tenant>:<metric>:<customer>, and :<digest> of the dimensions where there are any",
    description="Values of behavioural metrics, the latest of each; a tombstone once there is none.",
    compacted=True,
)
WORKFLOW_SESSIONS = Topic(
    "waymark.workflow-sessions.v1",
    key="<tenant>:<session>, or <tenant>:<workflow> where a workflow's sessions are counted",
    description="Sessions of workflows: their starts, steps and ends, requests about them, and what they waited for.",
)


def dead_letters(topic: Topic) -> Topic:
    """Return the topic that receives copies, at least once, of what projections parked from `topic`."""
    return replace(
        topic,
        name=topic.name + DEAD_LETTER_SUFFIX,
        key=f"the key in {topic.name}",
        description=f"Copies of records from {topic.name} that a projection could not apply.",
        partitions=1,
        compacted=False,
    )


SUBJECT_TOPICS = (INTERACTIONS, EVENTS, MONITORING_STEPS, CRITICAL_INTERACTIONS, WORKFLOW_SESSIONS)
INTERNAL_TOPICS = (CREDENTIALS, KEY_USES)
"""The topics that are for Waymark's own services alone."""
MANIFEST: tuple[Topic, ...] = (
    INTERACTIONS,
    EVENTS,
    REFERENCE,
    CREDENTIALS,
    KEY_USES,
    MONITORING_STEPS,
    CRITICAL_INTERACTIONS,
    METRIC_VALUES,
    WORKFLOW_SESSIONS,
    *(dead_letters(topic) for topic in SUBJECT_TOPICS),
)


def manifest(*, retention_ms: Mapping[str, int] | None = None, partitions: int | None = None) -> tuple[Topic, ...]:
    """Return the manifest with an operator's retention per topic name and default partition count applied.

    Raises ValueError for a topic name that is not in the manifest, or for retention on a compacted topic.
    """
    wanted = dict(retention_ms or {})
    topics = tuple(_configured(topic, wanted.pop(topic.name, None)) for topic in with_partitions(MANIFEST, partitions))
    if wanted:
        raise ValueError(f"retention is set for unknown topics: {', '.join(sorted(wanted))}")
    return topics


def with_partitions(topics: Iterable[Topic], partitions: int | None) -> tuple[Topic, ...]:
    """Return topics as an installation makes them: those of the default number of partitions have `partitions`."""
    return tuple(
        replace(topic, partitions=partitions) if partitions and topic.partitions == DEFAULT_PARTITIONS else topic
        for topic in topics
    )


def _configured(topic: Topic, retention_ms: int | None) -> Topic:
    if retention_ms is not None and topic.compacted:
        raise ValueError(f"{topic.name} is compacted: it keeps the last record of each key and takes no retention")
    return replace(topic, retention_ms=retention_ms or topic.retention_ms)


def correlation_key(tenant_id: str, correlation_id: str) -> str:
    """Return the key under which everything of one unit of work stays in order."""
    return f"{tenant_id}:{correlation_id}"


def resource_key(tenant_id: str, resource_type: str, resource_id: str) -> str:
    """Return the key of an event that belongs to no correlation: the order of its resource is kept instead."""
    return f"{tenant_id}:{resource_type}:{resource_id}"


def object_key(kind: str, tenant_id: str, object_id: str) -> str:
    """Return the key of an object's latest state on a compacted topic."""
    return f"{kind}:{tenant_id}:{object_id}"
