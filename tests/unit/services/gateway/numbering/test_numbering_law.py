"""The law of numbers: whatever fails, dies, is retried or repeated, in the end every number from 1 is recorded or
voided, no number has two records, every identity has one record, and what was answered 201 is there as answered.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.background.loops import Loop
from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryBroker, MemoryEventLog
from libs.httpkit.errors import ApiError
from services.gateway.model import AcceptedInteraction, PendingRecord
from services.gateway.numbering.group_commit import GroupCommit
from services.gateway.numbering.numbers import LeaseLost, NumbersUnavailable
from tests.support.gateway.drafts import make_pending
from tests.support.gateway.memory_numbers import MemoryNumberStore
from tests.support.gateway.moved import TTL_S, MovedGateway
from tests.support.gateway.records import Numbers, numbers_in

IDS = [str(uuid.UUID(int=number)) for number in range(1, 4)]


@dataclass
class World:
    """A log, a store, a clock, and the gateways alive."""

    broker: MemoryBroker = field(default_factory=MemoryBroker)
    store: MemoryNumberStore = field(init=False)
    now_s: float = 0.0
    gateways: list[MovedGateway] = field(default_factory=list)
    answered: list[tuple[str, int]] = field(default_factory=list)
    first_answers: dict[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = MemoryNumberStore(self.clock)
        self.backup = self.store.backup()
        self.log = MemoryEventLog(self.broker)

    def clock(self) -> float:
        return self.now_s

    def restore(self) -> None:
        """Put the store back to its backup; no lease of that time holds."""
        self.store.restore(self.backup)

    async def start(self) -> MovedGateway:
        gateway = MovedGateway(self.store, self.log, self.clock)
        await gateway.lease.keep()
        self.gateways.append(gateway)
        return gateway

    def note(self, group: list[PendingRecord]) -> None:
        """Hold the answers against each other: the same identity is answered with the same id and number."""
        for pending in group:
            if isinstance(pending.outcome, AcceptedInteraction):
                answer = (pending.outcome.interaction_id, pending.outcome.number)
                self.answered.append(answer)
                identity = tuple(f"{key.kind}:{key.value}" for key in pending.receipts)
                if identity:
                    assert self.first_answers.setdefault(identity, answer) == answer


post = st.tuples(
    st.just("post"),
    st.integers(0, 1),
    st.lists(st.one_of(st.none(), st.sampled_from(["key:a", "key:b", "id:0", "id:1", "id:2"])), min_size=1, max_size=4),
    st.sampled_from(["fine", "log down", "log mute", "one refused", "store lost", "store unknown", "dies"]),
)
other = st.one_of(
    st.tuples(st.just("tidy"), st.integers(0, 1)),
    st.tuples(st.just("kill"), st.integers(0, 1)),
    st.tuples(st.just("sleep"), st.sampled_from([3.0, 11.0])),
    st.tuples(st.just("zombie"), st.integers(0, 1)),
)


def pending_of(identity: str | None) -> PendingRecord:
    kind, _, value = (identity or "").partition(":")
    if kind == "key":
        return make_pending(key=value)
    return make_pending(interaction_id=IDS[int(value)]) if kind == "id" else make_pending()


async def run(steps: list[tuple]) -> tuple[World, Numbers]:  # type: ignore[type-arg]
    world = World()
    await world.log.ensure_topics(MANIFEST)
    for _ in range(2):
        await world.start()
    for step in steps:
        await take(world, step)
    await settle_everything(world)
    return world, await numbers_in(world.log)


async def take(world: World, step: tuple) -> None:  # type: ignore[type-arg]
    match step:
        case ("post", which, identities, how):
            await post_under(world, world.gateways[which], [pending_of(identity) for identity in identities], how)
        case ("tidy", which):
            await world.gateways[which].tidy()
        case ("kill", which):
            world.gateways.pop(which)
            await world.start()
        case ("sleep", seconds):
            world.now_s += seconds
        case ("zombie", which):
            # Stops between reserving and appending for so long that another gateway has voided its numbers.
            await stall(world, world.gateways[which])
        case ("back up",):
            world.backup = world.store.backup()
        case ("restore",):
            world.restore()


async def post_under(world: World, gateway: MovedGateway, group: list[PendingRecord], how: str) -> None:
    refused = itertools.count()
    world.broker.available = how != "log down"
    world.broker.forget_acknowledgements = how == "log mute"
    if how == "one refused":
        world.broker.refuse = lambda _: "no room" if next(refused) == 0 else None
    world.store.fail = lambda: {"store lost": "lost", "store unknown": "unknown"}.get(how)
    await gateway.post(group, dies=how == "dies")
    world.broker.available, world.broker.forget_acknowledgements = True, False
    world.broker.refuse = lambda _: None
    world.store.fail = lambda: None
    world.note(group)
    if how == "dies":
        world.gateways.remove(gateway)
        await world.start()


async def stall(world: World, gateway: MovedGateway) -> None:
    group = [make_pending(), make_pending()]
    try:
        rest = await gateway.committer.commit(group)
    except (NumbersUnavailable, LeaseLost):
        return
    world.now_s += 2 * TTL_S
    for other_one in world.gateways:
        if other_one is not gateway:
            await other_one.tidy()
            await other_one.tidy()
    if rest is not None:
        await rest
    world.note(group)


async def settle_everything(world: World) -> None:
    """What happens by itself when nothing fails any more; the steps are short, so the living keep their leases."""
    for _ in range(8):
        world.now_s += TTL_S / 4
        for gateway in world.gateways:
            await gateway.tidy()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(post, post, other), max_size=12))
def test_recorded_and_voided_numbers_are_exactly_one_to_n(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    world, numbers = asyncio.run(run(steps))

    numbers.assert_gapless(world.store.state.counters.get("default", (0, 0))[0])
    assert not world.store.state.reservations
    assert all(len(found) == 1 for found in numbers.ids.values()), "an identity under two numbers"
    for interaction_id, number in world.answered:
        assert numbers.recorded[number] == interaction_id


anonymous_post = st.tuples(
    st.just("post"),
    st.integers(0, 1),
    st.lists(st.none(), min_size=1, max_size=4),
    st.sampled_from(["fine", "fine", "log down", "log mute", "one refused", "store lost", "store unknown", "dies"]),
)
of_backups = st.one_of(
    st.just(("back up",)),
    st.just(("restore",)),
    st.tuples(st.just("tidy"), st.integers(0, 1)),
    st.tuples(st.just("kill"), st.integers(0, 1)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(anonymous_post, anonymous_post, of_backups), max_size=14))
def test_so_they_are_when_the_store_goes_back_to_an_older_state(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    world, numbers = asyncio.run(run([*steps, ("restore",), ("post", 0, [None], "fine")]))

    # A gateway voids what it owes the lost state, also above the counter: a record of such a number will beat its void.
    given = world.store.state.counters.get("default", (0, 0))[0]
    assert set(range(1, given + 1)) <= set(numbers.recorded) | numbers.voided
    assert all(number <= given for number in numbers.recorded)
    assert not world.store.state.reservations
    for interaction_id, number in world.answered:
        assert numbers.recorded[number] == interaction_id


@pytest.mark.parametrize("how", ["log down", "log mute", "store unknown", "dies"])
def test_each_way_to_fail_is_made_good(how: str) -> None:
    identities = ["key:a", "id:0", None]
    fine, bad = ("post", 0, identities, "fine"), ("post", 0, identities, how)

    world, numbers = asyncio.run(run([bad, bad, ("sleep", 11.0), ("tidy", 0), ("tidy", 0), fine, fine]))

    numbers.assert_gapless(world.store.state.counters["default"][0])
    assert len(world.first_answers) == 2, "a retry was not answered"


async def test_dates_never_go_back_with_the_number() -> None:
    world = World()
    await world.log.ensure_topics(MANIFEST)
    gateway = await world.start()
    group = [make_pending() for _ in range(6)]
    for index in (0, 2, 4):
        world.store.now_ms -= 100
        await gateway.post(group[index : index + 2])

    dates = [pending.created_ms for pending in sorted(group, key=lambda pending: pending.number)]

    assert [pending.number for pending in group] == [1, 2, 3, 4, 5, 6]
    assert dates == sorted(dates)


async def test_what_waits_behind_a_failed_group_is_refused_with_it() -> None:
    world = World()
    await world.log.ensure_topics(MANIFEST)
    gateway = await world.start()
    group_commit = GroupCommit(gateway.committer, world.store, gateway.gate)
    world.store.fail = lambda: "lost"
    running = Loop("group commit", group_commit.run, wake=group_commit.wake)
    waiting = [make_pending() for _ in range(3)]
    futures = [group_commit.submit([pending], 10) for pending in waiting]
    await running.start()

    await asyncio.gather(*futures)
    await running.stop()

    assert [pending.outcome.status for pending in waiting if isinstance(pending.outcome, ApiError)] == [503, 503, 503]
    assert not (await numbers_in(world.log)).recorded
