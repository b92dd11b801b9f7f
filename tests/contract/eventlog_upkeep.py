"""Topics made and checked, and the life of a client: its log, its end."""

import asyncio
import re
from dataclasses import replace

import pytest

from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.eventlog.port import (
    Appended,
    EventLog,
)
from tests.support.eventlog import MANY, ONE, TOPICS, ContractPart, OpenLog, read_topic, record


class UpkeepContract(ContractPart):
    """Topics, identity, stopping."""

    async def test_ensuring_topics_again_changes_nothing(self, log: EventLog) -> None:
        await log.append([record()])
        await log.ensure_topics(TOPICS)
        await log.check_topics(TOPICS)
        assert len(await read_topic(log, ONE)) == 1

    async def test_several_starters_may_ensure_topics_at_once(self, open_log: OpenLog) -> None:
        logs = [await open_log() for _ in range(3)]
        await asyncio.gather(*(log.ensure_topics(TOPICS) for log in logs))
        await logs[0].check_topics(TOPICS)

    async def test_a_missing_topic_is_a_mismatch(self, log: EventLog) -> None:
        with pytest.raises(LogMismatch, match=re.escape("contract.absent")):
            await log.check_topics([*TOPICS, replace(ONE, name="contract.absent")])

    async def test_other_partitions_are_a_mismatch(self, log: EventLog) -> None:
        with pytest.raises(LogMismatch, match=re.escape("contract.many")):
            await log.check_topics([replace(MANY, partitions=7)])
        with pytest.raises(LogMismatch, match=re.escape("contract.many")):
            await log.ensure_topics([replace(MANY, partitions=7)])

    async def test_another_cleanup_policy_is_a_mismatch_until_ensured(self, log: EventLog) -> None:
        changed = replace(ONE, compacted=True)
        with pytest.raises(LogMismatch, match=re.escape("contract.one")):
            await log.check_topics([changed])
        await log.ensure_topics([changed])
        await log.check_topics([changed])

    async def test_offsets_of_a_missing_topic_are_a_mismatch(self, log: EventLog) -> None:
        with pytest.raises(LogMismatch, match=re.escape("contract.absent")):
            await log.end_offsets([replace(ONE, name="contract.absent")])

    async def test_the_identity_is_the_logs_not_the_clients(self, log: EventLog, open_log: OpenLog) -> None:
        identity = await log.identity()
        assert identity
        assert await (await open_log()).identity() == identity

    async def test_stopping_twice_is_allowed_and_ends_appending(self, open_log: OpenLog) -> None:
        log = await open_log()
        await log.ensure_topics(TOPICS)
        await log.append([record()])
        await log.stop()
        await log.stop()
        with pytest.raises(LogUnavailable):
            await log.append([record()])

    async def test_stop_finishes_appends_in_hand(self, open_log: OpenLog) -> None:
        log = await open_log()
        await log.ensure_topics(TOPICS)
        in_hand = [asyncio.create_task(log.append([record("k", str(n).encode())])) for n in range(20)]
        await asyncio.sleep(0)
        await log.stop()
        outcomes = [outcome for task in in_hand for outcome in await task]
        stored = await read_topic(await open_log(), ONE)
        assert len(stored) == sum(isinstance(outcome, Appended) for outcome in outcomes) == 20
