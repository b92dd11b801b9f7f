"""The Kafka log while its broker is killed, frozen and restarted, and while group members come and go.

What an append was told is compared with what the log holds in the end: acknowledged records are there once and where
they were said to be, refused ones are not, unknown ones at most once.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.kafka.broker import Broker
from libs.contracts.topics import Topic
from libs.eventlog.errors import AppendFailed, LogMismatch, LogUnavailable
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.port import Appended, AppendOutcome, Positions, Record, Subscription, TopicPartition
from tests.support.eventlog import Members, View, all_partitions, from_beginning, read_topic
from tests.support.kafka import kafka_admin, new_topic_prefix, restart
from tests.support.waiting import eventually

pytestmark = pytest.mark.kafka

NARROW = Topic("narrow", key="anything", description="Takes small records.", partitions=1)
TOPIC = Topic("faults", key="anything", description="Six partitions.")
SETTLED_S = 60.0


@pytest.fixture
def settings(disposable_kafka: Broker) -> KafkaSettings:
    """Short limits, so that faults show soon."""
    return KafkaSettings(
        bootstrap_servers=disposable_kafka.bootstrap_servers,
        topic_prefix=new_topic_prefix(),
        delivery_timeout_s=2.0,
        request_timeout_s=1.5,
        session_timeout_s=3.0,
        heartbeat_s=0.3,
        rebalance_timeout_s=6.0,
        silence_limit_s=2.0,
    )


@pytest.fixture
async def log(settings: KafkaSettings) -> AsyncIterator[KafkaEventLog]:
    """A client of a log that has the topic."""
    async with running(settings) as log:
        await log.ensure_topics([TOPIC])
        yield log


@asynccontextmanager
async def running(settings: KafkaSettings) -> AsyncIterator[KafkaEventLog]:
    log = KafkaEventLog(settings)
    await log.start()
    try:
        yield log
    finally:
        await log.stop()


def record(text: str) -> Record:
    """A record that is known by its value; its key is the value's first word."""
    return Record(TOPIC.name, text.split(maxsplit=1)[0], text.encode(), (), int(time.time() * 1000))


class Traffic:
    """Appends without pause from several tasks, one record a time, and keeps what each was told."""

    def __init__(self, log: KafkaEventLog, tasks: int = 8) -> None:
        self.outcomes: dict[str, AppendOutcome] = {}
        self._log = log
        self._stopping = False
        self._tasks = [asyncio.create_task(self._send(f"sender-{number}")) for number in range(tasks)]

    def acknowledged(self) -> int:
        return sum(isinstance(outcome, Appended) for outcome in self.outcomes.values())

    def failed(self) -> int:
        return len(self.outcomes) - self.acknowledged()

    async def until_more(self, count: Callable[[], int], more: int = 50) -> None:
        goal = count() + more
        await eventually(lambda: count() >= goal, timeout_s=SETTLED_S)

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _send(self, name: str) -> None:
        for number in itertools.count():
            if self._stopping:
                return
            text = f"{name} {number}"
            (self.outcomes[text],) = await self._log.append([record(text)])
            await asyncio.sleep(0.001)


async def check_told_is_true(log: KafkaEventLog, outcomes: dict[str, AppendOutcome]) -> None:
    stored = await read_topic(log, TOPIC)
    places = {(one.value or b"").decode(): Appended(one.topic, one.partition, one.offset) for one in stored}
    copies = Counter((one.value or b"").decode() for one in stored)
    acknowledged = {text: outcome for text, outcome in outcomes.items() if isinstance(outcome, Appended)}
    refused = [text for text, told in outcomes.items() if isinstance(told, AppendFailed) and not told.unknown]
    assert {text: places.get(text) for text in acknowledged} == acknowledged
    assert not [text for text in refused if text in copies]
    assert not [text for text, count in copies.items() if count > 1]
    for sender in {text.split()[0] for text in copies}:
        numbers = [
            int(text.split()[1])
            for text in ((one.value or b"").decode() for one in stored)
            if text.split()[0] == sender
        ]
        assert numbers == sorted(numbers)


# --- appending ---


async def test_a_restart_while_appending_loses_and_repeats_nothing(
    log: KafkaEventLog, disposable_kafka: Broker
) -> None:
    traffic = Traffic(log)
    await traffic.until_more(traffic.acknowledged)
    disposable_kafka.kill()
    await restart(disposable_kafka)
    await traffic.until_more(traffic.acknowledged)
    await traffic.stop()
    await check_told_is_true(log, traffic.outcomes)


async def test_a_dead_broker_is_answered_and_used_again_when_it_is_back(
    log: KafkaEventLog, disposable_kafka: Broker
) -> None:
    traffic = Traffic(log)
    await traffic.until_more(traffic.acknowledged)
    disposable_kafka.kill()
    await traffic.until_more(traffic.failed)
    (outcome,) = await log.append([record("probe 0")])
    assert isinstance(outcome, AppendFailed)
    assert not outcome.unknown
    await restart(disposable_kafka)
    await traffic.until_more(traffic.acknowledged)
    await traffic.stop()
    await check_told_is_true(log, traffic.outcomes)


async def test_a_frozen_broker_is_answered_and_used_again_when_it_is_back(
    log: KafkaEventLog, disposable_kafka: Broker
) -> None:
    traffic = Traffic(log)
    await traffic.until_more(traffic.acknowledged)
    disposable_kafka.freeze()
    await traffic.until_more(traffic.failed)
    disposable_kafka.thaw()
    await traffic.until_more(traffic.acknowledged)
    await traffic.stop()
    assert any(isinstance(told, AppendFailed) and told.unknown for told in traffic.outcomes.values())
    await check_told_is_true(log, traffic.outcomes)


async def test_a_freeze_shorter_than_the_delivery_timeout_fails_nothing(
    log: KafkaEventLog, disposable_kafka: Broker
) -> None:
    await log.append([record("first 0")])
    disposable_kafka.freeze()
    append = asyncio.create_task(log.append([record("meanwhile 0")]))
    await asyncio.wait({append}, timeout=0.5)
    assert not append.done()
    disposable_kafka.thaw()
    assert [type(outcome) for outcome in await append] == [Appended]


async def test_a_topic_that_refuses_records_fails_its_own_appends_alone(
    log: KafkaEventLog, settings: KafkaSettings
) -> None:
    await log.ensure_topics([NARROW])
    async with kafka_admin(settings.bootstrap_servers) as admin:
        name = settings.to_kafka(NARROW.name)
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": "1000"})])
    large, small = (Record(NARROW.name, "k", value, (), 1) for value in (b"x" * 10_000, b"small"))

    async def is_refused() -> bool:
        (outcome,) = await log.append([large])
        return isinstance(outcome, AppendFailed) and not outcome.unknown

    async def is_appended() -> bool:
        (outcome,) = await log.append([small])
        assert isinstance(outcome, Appended) or not outcome.unknown
        return isinstance(outcome, Appended)

    traffic = Traffic(log)
    await eventually(is_refused)
    await traffic.until_more(traffic.acknowledged)
    for _ in range(2):
        assert await is_refused()
        await eventually(is_appended)
    await traffic.stop()
    assert traffic.failed() == 0
    await check_told_is_true(log, traffic.outcomes)


async def test_what_was_not_sent_before_the_answer_is_never_sent(log: KafkaEventLog, disposable_kafka: Broker) -> None:
    await log.append([record("first 0")])
    disposable_kafka.kill()
    texts = [f"late-{number} 0" for number in range(200)]
    told = dict(zip(texts, await log.append([record(text) for text in texts]), strict=True))
    assert all(isinstance(outcome, AppendFailed) for outcome in told.values())
    await restart(disposable_kafka)
    await eventually(lambda: _accepts(log), timeout_s=SETTLED_S)
    stored = {(one.value or b"").decode() for one in await read_topic(log, TOPIC)}
    assert not stored & told.keys()


async def test_a_caller_that_gives_up_does_no_harm(log: KafkaEventLog, disposable_kafka: Broker) -> None:
    await log.append([record("first 0")])
    disposable_kafka.freeze()
    given_up = asyncio.create_task(log.append([record("given-up 0")]))
    await asyncio.wait({given_up}, timeout=0.1)
    given_up.cancel()
    disposable_kafka.thaw()
    await eventually(lambda: _accepts(log), timeout_s=SETTLED_S)


async def test_stopping_ends_while_the_broker_is_frozen(settings: KafkaSettings, disposable_kafka: Broker) -> None:
    async with running(settings) as log:
        await log.ensure_topics([TOPIC])
        reader = await log.reader({TopicPartition(TOPIC.name, 0): 0})
        member = await log.subscribe("g", [TOPIC], member="a", on_assigned=from_beginning)
        await eventually(lambda: _assigned(member), timeout_s=SETTLED_S)
        disposable_kafka.freeze()
        async with asyncio.timeout(SETTLED_S):
            await member.stop()
            await reader.stop()
            await log.stop()


async def test_starting_without_a_broker_says_so(settings: KafkaSettings) -> None:
    log = KafkaEventLog(replace(settings, bootstrap_servers="127.0.0.1:1"))
    with pytest.raises(LogUnavailable):
        await log.start()
    await log.stop()


# --- reading ---


async def test_a_reader_goes_on_after_a_restart(log: KafkaEventLog, disposable_kafka: Broker) -> None:
    reader = await log.reader(dict.fromkeys(all_partitions(TOPIC), 0))
    await log.append([record("before 0")])
    await eventually(lambda: reader.poll(timeout_s=0.5, max_records=10), timeout_s=SETTLED_S)
    disposable_kafka.kill()
    await restart(disposable_kafka)
    await eventually(lambda: _accepts(log, "after 0"), timeout_s=SETTLED_S)
    found = await eventually(lambda: reader.poll(timeout_s=0.5, max_records=10), timeout_s=SETTLED_S)
    assert [one.value for one in found] == [b"after 0"]
    await reader.stop()


async def test_a_reader_of_a_frozen_broker_says_so_and_goes_on(log: KafkaEventLog, disposable_kafka: Broker) -> None:
    reader = await log.reader(dict.fromkeys(all_partitions(TOPIC), 0))
    disposable_kafka.freeze()
    with pytest.raises(LogUnavailable):
        await _poll_until_it_fails(lambda: reader.poll(timeout_s=0.5, max_records=10))
    disposable_kafka.thaw()
    await eventually(lambda: _accepts(log, "after 0"), timeout_s=SETTLED_S)
    found = await eventually(lambda: reader.poll(timeout_s=0.5, max_records=10), timeout_s=SETTLED_S)
    assert [one.value for one in found] == [b"after 0"]
    await reader.stop()


async def test_a_position_beyond_the_end_is_another_logs(log: KafkaEventLog) -> None:
    reader = await log.reader({TopicPartition(TOPIC.name, 0): 10})
    with pytest.raises(LogMismatch):
        await _poll_until_it_fails(lambda: reader.poll(timeout_s=0.5, max_records=10))
    await reader.stop()


# --- groups ---


async def test_members_apply_everything_once_while_the_broker_restarts(
    log: KafkaEventLog, disposable_kafka: Broker
) -> None:
    view = View()
    one = await log.subscribe("g", [TOPIC], member="a", on_assigned=view.assigned)
    two = await log.subscribe("g", [TOPIC], member="b", on_assigned=view.assigned)
    group = Group(view, one, two)
    traffic = Traffic(log, tasks=3)
    await traffic.until_more(traffic.acknowledged)
    await group.until_it_has_applied(log)
    disposable_kafka.kill()
    await restart(disposable_kafka)
    await traffic.until_more(traffic.acknowledged)
    await traffic.stop()
    await group.until_it_has_applied(log)
    await group.stop()


async def test_members_join_and_leave_while_records_flow_and_all_is_applied_once(settings: KafkaSettings) -> None:
    view = View()
    members: list[Subscription] = []
    patient = replace(settings, silence_limit_s=600.0)  # a consumer made anew would hide a partition left unread
    async with running(patient) as log:
        await log.ensure_topics([TOPIC])
        traffic = Traffic(log, tasks=3)
        for name in ("a", "b", "c"):
            members.append(await log.subscribe("g", [TOPIC], member=name, on_assigned=view.assigned))
            await Group(view, *members).until_it_has_applied(log, shared=True)
            await Group(view, *members).until_it_has_applied(log)
        await members.pop(0).stop()
        await Group(view, *members).until_it_has_applied(log, shared=True)
        await traffic.until_more(traffic.acknowledged)
        await traffic.stop()
        await Group(view, *members).until_it_has_applied(log)
        await Group(view, *members).stop()


async def test_a_static_member_comes_back_to_its_partitions_and_nobody_else_notices(
    settings: KafkaSettings, disposable_kafka: Broker
) -> None:
    announced: list[frozenset[TopicPartition]] = []

    async def note(places: frozenset[TopicPartition]) -> Positions:
        announced.append(places)
        return {}

    async with running(replace(settings, session_timeout_s=600.0)) as log:
        await log.ensure_topics([TOPIC])
        staying = await log.subscribe("g", [TOPIC], member="a", on_assigned=note)
        stopped = await log.subscribe("g", [TOPIC], member="b", on_assigned=from_beginning)
        members = Members(staying, stopped)
        await members.until(lambda: members.share_all(TOPIC))
        before, announcements = stopped.assignment, len(announced)
        await stopped.stop()
        back = await log.subscribe("g", [TOPIC], member="b", on_assigned=from_beginning)
        members = Members(staying, back)
        await members.until(lambda: members.share_all(TOPIC))
        assert back.assignment == before
        assert len(announced) == announcements
        await staying.stop()
        await back.stop()


async def test_a_member_without_partitions_joins_anew_and_takes_over_in_the_end(
    settings: KafkaSettings, disposable_kafka: Broker
) -> None:
    single = replace(TOPIC, name="single", partitions=1)
    async with running(replace(settings, session_timeout_s=3.0, idle_limit_s=0.2)) as log:
        await log.ensure_topics([single])
        one = await log.subscribe("g", [single], member="a", on_assigned=from_beginning)
        two = await log.subscribe("g", [single], member="b", on_assigned=from_beginning)
        members = Members(one, two)
        for _ in range(40):  # some renewals of whoever is idle
            await members.turn()
        await members.until(lambda: sorted(map(len, (one.assignment, two.assignment))) == [0, 1])
        holder, idle = (one, two) if one.assignment else (two, one)
        await holder.stop()
        await eventually(lambda: _assigned(idle), timeout_s=SETTLED_S)
        await idle.stop()


class Group:
    """Members of one group that share a view; a member that lost the log goes on when it is back."""

    def __init__(self, view: View, *members: Subscription) -> None:
        self._view = view
        self._members = members

    async def until_it_has_applied(self, log: KafkaEventLog, *, shared: bool = False) -> None:
        """Poll and apply until the view has reached where the log ends now, and, if asked, all hold their share."""
        ends = await eventually(lambda: log.end_offsets([TOPIC]), timeout_s=SETTLED_S)

        async def level() -> bool:
            await asyncio.gather(*(self._turn(member) for member in self._members))
            applied = all(self._view.positions.get(place, 0) >= end for place, end in ends.items())
            return applied and (not shared or Members(*self._members).share_all(TOPIC))

        await eventually(level, timeout_s=SETTLED_S)

    async def stop(self) -> None:
        for member in self._members:
            await member.stop()

    async def _turn(self, member: Subscription) -> None:
        try:
            self._view.apply(await member.poll(timeout_s=0.05, max_records=200))
        except LogUnavailable:
            return


async def _accepts(log: KafkaEventLog, text: str = "accepted 0") -> bool:
    return isinstance((await log.append([record(text)]))[0], Appended)


async def _assigned(member: Subscription) -> bool:
    await member.poll(timeout_s=0.05, max_records=10)
    return bool(member.assignment)


async def _poll_until_it_fails(poll: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(SETTLED_S):
        while True:
            await poll()
