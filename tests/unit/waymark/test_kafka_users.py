"""The rights of the services at their Kafka."""

from __future__ import annotations

from libs.contracts.paths import ACCOUNTS
from libs.contracts.topics import CREDENTIALS, KEY_USES, Topic
from libs.eventlog.kafka import users
from waymark.kafka_users import rights_of
from waymark.services import SERVICES


def writers(topic: Topic) -> set[str]:
    """Return the services whose user may append to the topic."""
    return {
        service.name
        for service in SERVICES
        for right in rights_of(service)
        if right.resource == users.TOPIC
        and (topic.name.startswith(right.name) if right.is_prefix else topic.name == right.name)
        and users.WRITE in right.operations
    }


def test_accounts_alone_decides_who_is_admin() -> None:
    assert writers(CREDENTIALS) == {ACCOUNTS}


def test_every_service_that_recognises_callers_by_the_log_tells_key_uses() -> None:
    assert writers(KEY_USES) == {service.name for service in SERVICES if CREDENTIALS in service.topics} - {ACCOUNTS}
