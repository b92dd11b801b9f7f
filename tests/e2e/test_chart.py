"""The chart's setup as a process, with exactly the variables that Helm rendered.

Only addresses and the places of volumes are replaced. Broker and database are real; setup is a user at the broker, with
the rights that docs/kubernetes.md gives it and no others.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from pathlib import Path

from libs.contracts.paths import ACCOUNTS
from libs.contracts.topics import CREDENTIALS
from libs.eventlog.kafka import KafkaAccess, KafkaSettings, users
from libs.eventlog.kafka.topics import admin_client
from libs.eventlog.kafka.users import KafkaUser, Right
from libs.service.private_files import CREDENTIALS_FILE
from tests.support.brokers import secured_broker
from tests.support.chart import SMALLEST, environment_of, smallest
from tests.support.compose import Started, native_command, replaced
from tests.support.containers import Container
from waymark.cluster_secrets import write_secrets
from waymark.kafka_users import PASSWORD_FILE, user_of
from waymark.settings import read_settings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/kubernetes.md"
CLUSTER, CLUSTER_NAME = 4, "kafka-cluster"
OPERATIONS = {
    "Read": users.READ,
    "Create": 5,
    "Alter": 7,
    "Describe": users.DESCRIBE,
    "DescribeConfigs": users.DESCRIBE_CONFIGS,
    "AlterConfigs": 11,
    "IdempotentWrite": 12,
}
"""Kafka's numbers by the names that its tools take."""


def documented_rights() -> list[Right]:
    """The rights that the document's commands give to setup."""
    text = DOCUMENT.read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"kafka-acls\.sh [^\n]*User:waymark-setup [^\n]*", text)
    assert len(commands) == 2
    return [_right(command) for command in commands]


def _right(command: str) -> Right:
    operations = [OPERATIONS[name] for name in re.findall(r"--operation (\w+)", command)]
    if " --cluster " in command:
        return Right(CLUSTER, CLUSTER_NAME, operations)
    (topic,) = re.findall(r"--topic (\S+)", command)
    return Right(users.TOPIC, topic, operations, is_prefix="--resource-pattern-type prefixed" in command)


def rendered_setup(replacements: Mapping[str, str]) -> Started:
    """The container of setup as a process."""
    container = smallest().containers()["setup"]
    environment = {}
    for variable, value in environment_of(container).items():
        environment[variable] = reduce(lambda text, pair: replaced(text, *pair), replacements.items(), value)
    return Started("setup", native_command(container["command"]), environment)


async def test_setup_administers_the_broker_as_a_user_of_its_own(database_url: str, tmp_path: Path) -> None:
    folders, log = tmp_path / "secrets", tmp_path / "setup.log"
    settings = read_settings(database_url=database_url, data_dir=tmp_path / "made")
    await asyncio.to_thread(write_secrets, settings, folders)
    (folders / "setup" / PASSWORD_FILE).write_text("of the administrator\n", "ascii")
    with secured_broker() as broker:
        clients, _ = broker.settings.secured_ports or (0, 0)
        at_the_broker = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        administrator = KafkaUser("waymark-setup", "of the administrator", documented_rights())
        await users.ensure_users(at_the_broker, [administrator])
        started = rendered_setup(
            {
                SMALLEST["database"]["url"].replace("://", "://waymark@"): database_url,
                SMALLEST["kafka"]["bootstrapServers"]: f"127.0.0.1:{clients}",
                "/secrets": str(folders),
                "/data": str(tmp_path),
            }
        )
        setup = Container("setup", "setup", 0, started, log)
        await setup.start({})
        assert await setup.ended() == 0, log.read_text()
        assert (tmp_path / CREDENTIALS_FILE).exists()
        access = KafkaAccess.of(user_of(ACCOUNTS), folders / ACCOUNTS / PASSWORD_FILE, None)
        async with admin_client(
            replace(at_the_broker, bootstrap_servers=f"127.0.0.1:{clients}", access=access)
        ) as made:
            assert CREDENTIALS.name in await made.list_topics()
