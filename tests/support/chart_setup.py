"""The chart's setup as a process, with exactly the variables that Helm rendered.

Only addresses and the places of volumes are replaced. Setup is a user at the broker, with the rights that
docs/kubernetes.md gives it and no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from pathlib import Path

from libs.eventlog.kafka import KafkaSettings, users
from libs.eventlog.kafka.users import KafkaUser, Right
from tests.support.chart import SMALLEST, environment_of, smallest
from tests.support.compose import Started, native_command, replaced
from tests.support.containers import Container, Containers
from waymark.kafka_users import PASSWORD_FILE

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


def _documented_rights() -> list[Right]:
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


def _rendered_setup(replacements: Mapping[str, str]) -> Started:
    """The container of setup as a process."""
    container = smallest().containers()["setup"]
    environment = {}
    for variable, value in environment_of(container).items():
        environment[variable] = reduce(lambda text, pair: replaced(text, *pair), replacements.items(), value)
    return Started("setup", native_command(container["command"]), environment)


async def run_charts_setup(containers: Containers) -> None:
    """Run the chart's setup over the installation's database and secrets, at the broker that asks who is there."""
    password = "of the administrator"
    (containers.secrets / "setup" / PASSWORD_FILE).write_text(f"{password}\n", "ascii")
    administrator = KafkaUser("waymark-setup", password, _documented_rights())
    await users.ensure_users(KafkaSettings(bootstrap_servers=containers.broker.bootstrap_servers), [administrator])
    started = _rendered_setup(
        {
            SMALLEST["database"]["url"].replace("://", "://waymark@"): containers.database_url,
            SMALLEST["kafka"]["bootstrapServers"]: containers.clients_address,
            "/secrets": str(containers.secrets),
            "/data": str(containers.directory),
        }
    )
    setup = Container("setup", "setup of the chart", 0, started, containers.directory / "charts-setup.log")
    await setup.start({})
    assert await setup.ended() == 0, setup.log.read_text()
