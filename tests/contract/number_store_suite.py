"""What every number store does, written once: dates, receipts, leases, and numbers that the log holds already.

A store inherits `NumberStoreContract` and gives it the fixtures `store`, `now_ms`: the present by its clock, and
`restart`, which lets the store's server seem to have started again.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence

import pytest

from libs.contracts.topics import INTERACTIONS, MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.httpkit.errors import ApiError
from services.gateway.model import AcceptedInteraction, Grant, NumberReceipt, ReceiptKey
from services.gateway.numbering.logged_numbers import LoggedNumbers
from services.gateway.numbering.numbers import (
    HeldLease,
    Landed,
    LeaseLost,
    LogEnds,
    NumberStore,
    NumbersUnavailable,
    Reservation,
    SettledRange,
    SettledRanges,
)
from tests.support.gateway.drafts import make_pending
from tests.support.gateway.moved import MovedGateway

HOUR_MS = 60 * 60 * 1000
FLOOR = (0,) * INTERACTIONS.partitions
Restart = Callable[[], Awaitable[None]]
NOTHING_READ = LogEnds("log", {})
BOTH_WAYS = pytest.mark.parametrize("way", ["inside", "reserving"])


def logged(*numbers: int, created_ms: int, settled_below: int = 1, tenant_id: str = "default") -> LoggedNumbers:
    """What a log with these numbers holds."""
    found = LoggedNumbers(tenant_id, settled_below)
    for number in numbers:
        found.add(number, created_ms)
    return found


def ends(offset: int, log_id: str = "log") -> LogEnds:
    """The same offset in every partition."""
    return LogEnds(log_id, dict.fromkeys(range(INTERACTIONS.partitions), offset))


async def give(store: NumberStore, way: str, count: int = 1) -> Grant:
    """Give numbers in one of the two ways there are."""
    gateway_id = uuid.uuid4()
    await store.take_lease(gateway_id, 60.0)
    async with store.transaction({"default"}) as tx:
        if way == "inside":
            return (await tx.allocate({"default": count}))["default"]
        return (await tx.allocate_and_reserve({"default": count}, gateway_id, FLOOR, ()))["default"]


async def adopted(store: NumberStore) -> list[tuple[int, int]]:
    """The runs of numbers that a gateway finds nobody standing for."""
    gateway_id = uuid.uuid4()
    await store.take_lease(gateway_id, 60.0)
    return sorted((one.first, one.last) for one in await store.adopt(gateway_id))


SEEN_AS: dict[str, tuple[Callable[[HeldLease], HeldLease], bool]] = {
    "as it is": (lambda held: held, False),
    "with a later end": (lambda held: held._replace(expires_s=held.expires_s + 1), True),
    "in another history": (lambda held: held._replace(timeline="another"), True),
    "in an unknown history": (lambda held: held._replace(timeline=None), True),
}
"""What a gateway saw of its lease, made of what the store has; and whether a restart is waited for then."""


class NumberStoreContract:
    @BOTH_WAYS
    async def test_a_date_never_lies_before_the_last_one(self, store: NumberStore, now_ms: int, way: str) -> None:
        ahead = now_ms + HOUR_MS
        await store.go_on_above([logged(1, created_ms=ahead)], NOTHING_READ, ends(1))
        assert [(await give(store, way)).created_ms for _ in range(2)] == [ahead, ahead]

    async def test_a_receipt_answers_for_a_day(self, store: NumberStore, now_ms: int) -> None:
        receipts = [receipt(f"{hours}", now_ms - hours * HOUR_MS) for hours in (23, 25)]
        async with store.transaction({"default"}) as tx:
            await tx.write_receipts(receipts, None)

        assert await found(store, receipts) == ["23"]
        assert await store.purge_receipts(10) == 1
        assert await found(store, receipts) == ["23"]

    async def test_what_one_gateway_refused_another_records(self, store: NumberStore) -> None:
        log = MemoryEventLog()
        await log.ensure_topics(MANIFEST)
        first, second = [MovedGateway(store, log, lambda: 0.0) for _ in range(2)]
        for gateway in (first, second):
            await gateway.lease.keep()
        refused, repeated = make_pending(key="k"), make_pending(key="k")
        log.broker.refuse = lambda _: "no room"
        await first.post([refused])
        log.broker.refuse = lambda _: None
        await first.committer.settle()

        await second.post([repeated])

        assert isinstance(refused.outcome, ApiError)
        assert refused.outcome.status == 503
        assert isinstance(repeated.outcome, AcceptedInteraction), repeated.outcome
        assert repeated.outcome.number == 1

    async def test_a_lease_that_was_given_up_reserves_nothing(self, store: NumberStore) -> None:
        gateway_id = uuid.uuid4()
        await store.take_lease(gateway_id, 60.0)
        await store.end_lease(gateway_id)
        async with store.transaction({"default"}) as tx:
            with pytest.raises(LeaseLost):
                await tx.allocate_and_reserve({"default": 1}, gateway_id, FLOOR, ())

    @BOTH_WAYS
    async def test_numbers_in_the_log_are_not_given_again(self, store: NumberStore, now_ms: int, way: str) -> None:
        await give(store, "inside", 3)
        one = logged(2, 3, 4, 6, 9, created_ms=now_ms)

        assert await store.go_on_above([one], NOTHING_READ, ends(7)) == ["default"]
        assert await store.go_on_above([one], ends(7), ends(7)) == []

        assert (await give(store, way)).first == 10
        assert await adopted(store) == [(5, 5), (7, 8)]

    async def test_what_is_reserved_for_nobody_has_a_date_and_the_end_of_the_log(
        self, store: NumberStore, now_ms: int
    ) -> None:
        await store.go_on_above([logged(2, created_ms=now_ms)], NOTHING_READ, ends(7))
        gateway_id = uuid.uuid4()
        await store.take_lease(gateway_id, 60.0)
        floor = (7,) * INTERACTIONS.partitions
        assert list(await store.adopt(gateway_id)) == [Reservation("default", 1, 1, now_ms, floor)]

    async def test_a_store_that_is_ahead_of_the_log_stays_as_it_is(self, store: NumberStore, now_ms: int) -> None:
        await give(store, "inside", 5)
        assert await store.go_on_above([logged(1, 3, created_ms=now_ms)], NOTHING_READ, ends(3)) == []
        assert (await give(store, "inside")).first == 6
        assert await adopted(store) == []

    async def test_below_the_frontier_nothing_is_missing(self, store: NumberStore, now_ms: int) -> None:
        await store.go_on_above([logged(12, created_ms=now_ms, settled_below=10)], NOTHING_READ, ends(1))
        assert await adopted(store) == [(10, 11)]
        assert (await give(store, "inside")).first == 13

    async def test_a_frontier_alone_says_what_was_given(self, store: NumberStore) -> None:
        assert await store.go_on_above([LoggedNumbers("default", 10)], NOTHING_READ, ends(0)) == ["default"]
        assert (await give(store, "inside")).first == 10

    async def test_reservations_that_the_log_has_settled_are_forgotten(self, store: NumberStore) -> None:
        await give(store, "reserving", 4)
        await give(store, "reserving", 2)
        await store.go_on_above([LoggedNumbers("default", 5)], NOTHING_READ, ends(1))
        (frontier,) = await store.frontiers(["default"])
        assert (frontier.below, frontier.next_number) == (5, 7)

    async def test_how_far_the_log_was_read_is_kept_for_each_log(self, store: NumberStore) -> None:
        assert await store.log_ends("log") == NOTHING_READ
        await store.go_on_above([], NOTHING_READ, ends(7))
        await store.go_on_above([], ends(7), ends(6))
        assert await store.log_ends("log") == ends(7)
        assert await store.log_ends("other") == LogEnds("other", {})
        await store.forget_log_ends()
        assert await store.log_ends("log") == NOTHING_READ

    async def test_what_an_older_store_gave_may_come_for_a_while_after_it_was_found_behind(
        self, store: NumberStore, now_ms: int, restart: Restart
    ) -> None:
        assert await store.settling_s("log", 60.0) <= 0
        await store.go_on_above([], NOTHING_READ, ends(7))
        assert await store.settling_s("log", 60.0) <= 0
        await store.go_on_above([logged(2, created_ms=now_ms)], NOTHING_READ, ends(7))
        assert 50 < await store.settling_s("log", 60.0) <= 60
        assert await store.settling_s("log", 0.0) <= 0
        assert await store.settling_s("other", 60.0) <= 0
        await restart()
        assert 50 < await store.settling_s("log", 60.0) <= 60

    async def test_it_may_come_after_a_restart_only_from_gateways_that_held_a_lease(
        self, store: NumberStore, restart: Restart
    ) -> None:
        given_up, held, new = (uuid.uuid4() for _ in range(3))
        await store.take_lease(given_up, 60.0)
        assert await store.settling_s("log", 60.0) <= 0
        await store.end_lease(given_up)
        await restart()
        await store.take_lease(held, 60.0)
        assert await store.settling_s("log", 60.0) <= 0
        await restart()
        await store.take_lease(new, 60.0)
        for _ in range(2):
            assert 50 < await store.settling_s("log", 60.0) <= 60

    @pytest.mark.parametrize(("seen", "is_waited_for"), SEEN_AS.values(), ids=SEEN_AS.keys())
    async def test_a_restart_is_not_waited_for_by_the_one_gateway_whose_lease_is_as_it_saw_it(
        self, store: NumberStore, restart: Restart, seen: Callable[[HeldLease], HeldLease], is_waited_for: bool
    ) -> None:
        taken = await store.take_lease(uuid.uuid4(), 60.0)
        held = taken._replace(expires_s=await store.renew_lease(taken.gateway_id, 60.0))
        await restart()
        assert (await store.settling_s("log", 60.0, [seen(held)]) > 50) is is_waited_for

    async def test_a_gateway_that_held_a_lease_beside_another_waits_after_a_restart(
        self, store: NumberStore, restart: Restart
    ) -> None:
        held, _ = [await store.take_lease(uuid.uuid4(), 60.0) for _ in range(2)]
        await restart()
        assert 50 < await store.settling_s("log", 60.0, [held]) <= 60

    async def test_a_store_that_went_back_is_not_raised_by_what_was_read_for_it(self, store: NumberStore) -> None:
        await store.go_on_above([], NOTHING_READ, ends(7))
        with pytest.raises(NumbersUnavailable):
            await store.go_on_above([LoggedNumbers("default", 10)], ends(8), ends(9))
        assert await store.log_ends("log") == ends(7)
        assert (await give(store, "inside")).first == 1

    async def test_what_is_owed_an_older_store_touches_nothing_that_was_given_anew(
        self, store: NumberStore, now_ms: int
    ) -> None:
        given = await give(store, "reserving", 2)
        unmarked = receipt("k", now_ms, at=None)
        older = SettledRanges(
            done=[SettledRange("default", given.first, given.created_ms - 1)],
            marked=[Landed(unmarked.key, unmarked.number + 1, 0, 1)],
        )
        async with store.transaction({"default"}) as tx:
            await tx.write_receipts([unmarked], None)
            await tx.settle(older)
        async with store.transaction({"default"}) as tx:
            (found_again,) = await tx.find_receipts({unmarked.key[:3]}, {"default"}, None)
        (frontier,) = await store.frontiers(["default"])
        assert found_again.partition is None
        assert frontier.below == given.first

    async def test_an_end_of_the_log_is_noted_under_a_lease_only(self, store: NumberStore) -> None:
        gateway_id = uuid.uuid4()
        await store.note_log_ends(ends(7), gateway_id)
        assert await store.log_ends("log") == NOTHING_READ
        await store.take_lease(gateway_id, 60.0)
        await store.note_log_ends(ends(7), gateway_id)
        assert await store.log_ends("log") == ends(7)


def receipt(key: str, created_ms: int, *, at: int | None = 0) -> NumberReceipt:
    """A receipt of a record that is acknowledged at this offset, or not."""
    return NumberReceipt(
        key=ReceiptKey("default", "key", key),
        body_hash=b"body",
        interaction_id=str(uuid.uuid4()),
        number=1,
        uow_id="uow",
        created_ms=created_ms,
        partition=None if at is None else 0,
        next_offset=None if at is None else at + 1,
    )


async def found(store: NumberStore, receipts: Sequence[NumberReceipt]) -> list[str]:
    """The keys under which the store still answers."""
    scopes = {one.key[:3] for one in receipts}
    async with store.transaction({"default"}) as tx:
        return [one.key.value for one in await tx.find_receipts(scopes, {"default"}, None)]
