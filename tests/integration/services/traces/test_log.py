"""From each log into traces: both topics, in batches as they come, records repeated and set aside."""

from __future__ import annotations

import random
from typing import Any

import pytest

from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS, MANIFEST
from libs.eventlog.port import StoredRecord
from libs.httpkit.positions import MIN_POSITION_HEADER
from tests.support.kafka import new_topic_prefix
from tests.support.logs import EITHER_LOG, started_log
from tests.support.records import START_MS, interaction, recorded, voided
from tests.support.traces.serving import TRACES, running
from tests.support.traces.world import World, event, opened_world
from tests.support.waiting import eventually

UNITS = ("one", "two", "three")


def made_up(rng: random.Random) -> list[StoredRecord]:
    """Ninety interactions and thirty events in no order, some twice, with voids and what no projection can read."""
    records = [
        recorded(
            interaction(n, uow_id=rng.choice(UNITS), interaction_timestamp=format_ms(START_MS + rng.randrange(99)))
        )
        for n in range(1, 91)
    ]
    records += [event(name, rng.choice(UNITS), rng.randrange(99)) for name in range(30)]
    records += [*rng.sample(records, 40), voided(1000), event("alone", None), event("bad", "one", id="no id")]
    rng.shuffle(records)
    return records


@pytest.mark.parametrize("kind", ["memory", *EITHER_LOG])
async def test_whatever_the_log_every_record_is_in_its_trace_once(
    service_url: str, kind: str, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("kafka_bootstrap") if kind == "kafka" else service_url
    prefix = new_topic_prefix() if kind == "kafka" else ""
    async with started_log(kind, address, MANIFEST, prefix=prefix) as log, opened_world(service_url, log) as world:
        await check(world)


async def check(world: World) -> None:
    records = made_up(random.Random(4))
    async with running(world) as service:
        positions = [await service.record(*records[at : at + 25]) for at in range(0, len(records), 25)]

        async def caught_up() -> Any:
            answer = await service.get(TRACES, headers={MIN_POSITION_HEADER: ",".join(positions)})
            return answer.json() if answer.status_code == 200 else None

        found = await eventually(caught_up, timeout_s=60)
        assert sum(trace["totalInteractions"] for trace in found["data"]) == 90
        assert sum(trace["totalEvents"] for trace in found["data"]) == 30
        for unit in UNITS:
            trace = await service.shown(f"{TRACES}/{unit}")
            assert len(trace["interactions"]) + len(trace["events"]) == trace["total"]
            tree = await service.shown(f"{TRACES}/{unit}/tree")
            assert len({node["id"] for node in tree["nodes"]}) == trace["total"]
    async with world.projector.transaction() as conn:
        parked = await conn.fetch(f"SELECT topic, stage, reason FROM {world.schema}.parked")
    assert [(row["topic"], row["stage"]) for row in parked] == [(EVENTS.name, "decode")]
    assert "ce_id" in parked[0]["reason"]
