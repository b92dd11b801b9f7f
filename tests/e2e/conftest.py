"""One machine a log, which the tests share: they kill and stop it, and leave it running. It ends with the last of them.

What a test must not share is a tenant: it makes one of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.installation import log_environment
from tests.support.machine import ON_KAFKA, ON_POSTGRES, Machine, running_machine
from tests.support.scratch import scratch_directory

_MONITORING = {
    "WAYMARK_MONITORING_WATERMARK_MS": "2000",
    "WAYMARK_MONITORING_EVALUATION_MS": "300",
    "WAYMARK_WEBHOOK_RETRY_FIRST_MS": "50",
    "WAYMARK_OUTBOUND_ALLOW": "127.0.0.0/8",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the whole storm, unless that is asked for."""
    if not config.getoption("--full-faults"):
        left_out = [item for item in items if item.get_closest_marker("full_faults") is not None]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="package", params=[ON_POSTGRES, ON_KAFKA])
async def started_machine(request: pytest.FixtureRequest) -> AsyncIterator[Machine]:
    """A machine on either log, started once; records wait two seconds to be matched, webhooks may be on loopback."""
    environment = {**log_environment(request.param, request), **_MONITORING}
    with scratch_directory("waymark-machine-") as directory:
        async with running_machine(directory / "data", environment) as running:
            yield running


@pytest.fixture
async def machine(started_machine: Machine) -> Machine:
    """The machine, running."""
    await started_machine.recover()
    return started_machine


@pytest.fixture
async def tenant_key(machine: Machine) -> str:
    """The key of a tenant of the test's own."""
    return await machine.new_tenant()


@pytest.fixture
def full_faults(request: pytest.FixtureRequest) -> bool:
    """Whether the whole storm is asked for (`--full-faults`)."""
    return bool(request.config.getoption("--full-faults"))
