"""Setup: a reactor that begins at the log's end has what is accepted from then on, whenever its consumers first run."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.contracts.paths import MONITORING
from libs.contracts.topics import INTERACTIONS, MONITORING_STEPS, REFERENCE, manifest
from libs.eventlog.appending import append_all
from libs.eventlog.errors import LogMismatch
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, Positions
from libs.projections.operators.copy import copy_log
from libs.projections.operators.entering import positions_of
from libs.projections.reactor_registry import RegisteredReactor, ensure_reactor
from libs.service.app import create_service_app
from services.monitoring.gate.model import GATE
from services.monitoring.gate.reactor import Gate
from services.monitoring.service import SERVICE as MONITORING_SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.accounts import SECRET_KEY
from tests.support.monitoring.gates import accepted
from tests.support.postgres import TestServer
from tests.support.serving import serving
from waymark.operator import connected, projectors
from waymark.settings import MachineSettings
from waymark.setup import prepare


@pytest.fixture
async def settings(postgres_server: TestServer, tmp_path: Path) -> AsyncIterator[MachineSettings]:
    """An installation on an empty database."""
    async with postgres_server.database() as url:
        yield MachineSettings(data_dir=tmp_path, database_url=url)


async def read_by_the_gate(settings: MachineSettings) -> Positions:
    async with projectors(settings) as projector_of:
        return await positions_of(projector_of, RegisteredReactor(MONITORING, GATE))


async def ends(log: EventLog) -> Positions:
    return await log.end_offsets(Gate.topics)


async def test_the_gate_begins_where_setup_found_the_end(settings: MachineSettings) -> None:
    log = MemoryEventLog()
    await log.ensure_topics(manifest())
    await append_all(log, [accepted(1)])
    found = await ends(log)
    await prepare(settings, log)
    await append_all(log, [accepted(2)])
    assert await ends(log) != found

    await prepare(settings, log)
    async with connected(settings, projector_of=MONITORING) as db:
        await ensure_reactor(db, log, Gate(0))
    assert await read_by_the_gate(settings) == found


async def test_after_a_copy_of_the_log_the_gate_goes_on_with_what_it_had_not_read(settings: MachineSettings) -> None:
    source, target = MemoryEventLog(), MemoryEventLog()
    await source.ensure_topics(manifest())
    await append_all(source, [accepted(1)])
    await prepare(settings, source)
    await append_all(source, [accepted(2)])
    async with connected(settings) as db, projectors(settings) as projector_of:
        await copy_log(source, target, db, projector_of, manifest())
    await prepare(settings, target)

    reached = await read_by_the_gate(settings)
    left = {place: end - reached[place] for place, end in (await ends(target)).items()}
    assert sum(left.values()) == 1
    assert all(place.topic == INTERACTIONS.name for place, count in left.items() if count)


async def test_topics_have_as_many_partitions_as_set_and_keep_them(settings: MachineSettings) -> None:
    settings = settings.model_copy(update={"partitions": 3})
    log = MemoryEventLog()
    await prepare(settings, log)
    counts = Counter(place.topic for place in await log.end_offsets(settings.manifest))
    assert (counts[INTERACTIONS.name], counts[MONITORING_STEPS.name], counts[REFERENCE.name]) == (3, 3, 1)
    assert {place.partition for place in await read_by_the_gate(settings)} == {0, 1, 2}

    own = MonitoringSettings(database_url=settings.database_url, secret_key=SECRET_KEY, partitions=3)
    async with serving(create_service_app(MONITORING_SERVICE, own, log=log)) as client:
        assert (await client.get("/healthz")).status_code == 200
    for other in (settings.model_copy(update={"partitions": partitions}) for partitions in (None, 4)):
        with pytest.raises(LogMismatch, match="has 3 partitions, expected"):
            await prepare(other, log)


async def test_a_copy_of_the_log_to_another_number_of_partitions_is_refused(settings: MachineSettings) -> None:
    source, target = MemoryEventLog(), MemoryEventLog()
    await prepare(settings, source)
    async with connected(settings) as db, projectors(settings) as projector_of:
        with pytest.raises(LogMismatch, match="has 6 partitions, expected 4"):
            await copy_log(source, target, db, projector_of, manifest(partitions=4))
