"""Fixtures every test may ask for by name, and how a run shares its tests out among workers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from libs.telemetry.logs import configure_logs
from tests.support.kafka import disposable_kafka, kafka_bootstrap, module_kafka, topic_prefix
from tests.support.postgres import database_url, postgres_server
from tests.support.scheduling import FilesAndMachines

__all__ = [
    "database_url",
    "disposable_kafka",
    "kafka_bootstrap",
    "module_kafka",
    "postgres_server",
    "topic_prefix",
]

_FOLDERS = ("e2e", "integration", "contract", "unit")

configure_logs("tests", level="WARNING", json_lines=True, stream=sys.__stderr__)
# A law holds or does not; how long an example takes on a busy machine is no part of it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full-faults", action="store_true", help="run the whole storm of faults, not the bounded one")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest, so that no worker idles beside a long one at the end."""
    items.sort(key=_folder)


def _folder(item: pytest.Item) -> int:
    part = Path(item.location[0]).parts[1]
    return _FOLDERS.index(part) if part in _FOLDERS else len(_FOLDERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndMachines:
    """Share out by file and machine, in the order of the collection."""
    config.option.loadscopereorder = False
    return FilesAndMachines(config, log)
