"""One machine a log for the tests that only talk to it; those that kill start their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.kafka import new_topic_prefix
from tests.support.machine import Machine, running_machine


def log_environment(log: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings that choose a log; each machine on Kafka has topics of its own."""
    if log == "postgres":
        return {}
    bootstrap = request.getfixturevalue("kafka_bootstrap")
    return {"WAYMARK_KAFKA_BOOTSTRAP_SERVERS": bootstrap, "WAYMARK_TOPIC_PREFIX": new_topic_prefix()}


@pytest.fixture(scope="module", params=["postgres", "kafka"])
async def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Machine]:
    """A running machine, on either log, shared by the tests of a module."""
    data_dir = tmp_path_factory.mktemp("machine") / "data"
    async with running_machine(data_dir, log_environment(request.param, request)) as running:
        yield running


@pytest.fixture(params=["postgres", "kafka"])
async def own_machine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Machine]:
    """A running machine, on either log, that a test may do anything to."""
    async with running_machine(tmp_path / "data", log_environment(request.param, request)) as running:
        yield running


@pytest.fixture
def full_faults(request: pytest.FixtureRequest) -> bool:
    """Whether the whole storm is asked for (`--full-faults`)."""
    return bool(request.config.getoption("--full-faults"))
