"""The users of an installation's services at its Kafka: each reads and appends to its own topics, and to no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from libs.contracts.topics import SUBJECT_TOPICS, dead_letters
from libs.eventlog.kafka import users
from libs.eventlog.kafka.users import KafkaUser, Right
from libs.eventlog.open import kafka_settings
from libs.service.service import Service
from waymark.services import STORING
from waymark.settings import MachineSettings

PASSWORD_FILE = "kafka.password"  # noqa: S105  # a file name
_READ = (users.READ, users.DESCRIBE, users.DESCRIBE_CONFIGS)
_WRITE = (users.WRITE, users.DESCRIBE)


def user_of(name: str) -> str:
    """Return the user of a service."""
    return f"waymark-{name}"


def rights_of(service: Service[Any]) -> list[Right]:
    """Return what a service needs of the log: its topics, those of its dead letters, its consumers' groups."""
    rights = [Right(users.TOPIC, topic.name, _READ) for topic in service.topics]
    rights += [Right(users.TOPIC, topic.name, _WRITE) for topic in service.writes]
    if service.has_consumers:
        parked_from = [topic for topic in SUBJECT_TOPICS if topic in service.topics]
        rights += [Right(users.TOPIC, dead_letters(topic).name, _WRITE) for topic in parked_from]
        rights.append(Right(users.GROUP, f"{service.name}.", (users.READ,), is_prefix=True))
    return rights


async def make_users(settings: MachineSettings, folders: Path) -> None:
    """Make every service's user with the password in the service's folder, and its rights. Raises LogUnavailable."""
    found = [
        KafkaUser(user_of(service.name), _password(folders / service.name), rights_of(service)) for service in STORING
    ]
    await users.ensure_users(kafka_settings(settings), found)


def _password(folder: Path) -> str:
    return (folder / PASSWORD_FILE).read_text(encoding="utf-8").strip()
