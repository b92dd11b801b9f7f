"""Deliveries reach their receivers at least once, are given up in the end, and wait for nobody else's."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NoReturn

import pytest

from libs.outbound.client import Outbound
from libs.outbound.guard import Guard
from libs.schedule.schedule import Leased
from libs.telemetry.metrics import WEBHOOK_DELIVERIES
from libs.webhooks import attempts, sender
from libs.webhooks.attempts import AttemptOutcome
from libs.webhooks.deliveries import DELIVERED, FAILED, PENDING, DeliveryStore
from libs.webhooks.endpoints import DISABLED
from libs.webhooks.sender import WebhookSender
from libs.webhooks.signing import new_secret
from tests.support.notes import SERVICE
from tests.support.waiting import eventually
from tests.support.webhooks import Post, receiving


async def test_a_message_is_sent_as_it_is_signed_and_settled(post: Post) -> None:
    new, old = new_secret(), new_secret()
    async with receiving() as receiver:
        await post.start()
        (made,) = await post.send(post.endpoints.add(receiver.url, new, old))
        delivery = await post.attempted(made)

    (received,) = receiver.received
    assert received.id == str(made)
    assert received.body == b'{"n":1}'
    assert received.headers["content-type"] == "application/json"
    assert abs(int(received.headers["webhook-timestamp"]) - time.time()) < 60
    for secret in (new, old):
        received.verify(secret)
    assert len(received.signatures) == 2
    assert (delivery.state, delivery.next_attempt_at) == (DELIVERED, None)
    assert [(one.status, one.error) for one in delivery.attempts] == [(204, None)]
    assert await post.is_off_the_schedule()


async def test_the_same_message_is_one_delivery_to_an_endpoint(post: Post) -> None:
    endpoint = post.endpoints.add("http://127.0.0.1:1/", new_secret())
    assert len(set(await post.send(endpoint, endpoint))) == 1


async def test_what_fails_is_sent_again_under_its_id(post: Post) -> None:
    async with receiving("500 Internal Server Error", "302 Found\r\nLocation: /elsewhere", "200 OK") as receiver:
        await post.start()
        (made,) = await post.send(post.endpoints.add(receiver.url, new_secret()))
        delivery = await post.attempted(made, 3)

    assert delivery.state == DELIVERED
    assert [(one.status, one.error) for one in delivery.attempts] == [
        (500, "status 500"),
        (302, "status 302"),
        (200, None),
    ]
    assert {one.id for one in receiver.received} == {str(made)}


async def test_after_the_last_attempt_a_delivery_has_failed(post: Post) -> None:
    await post.start()
    (made,) = await post.send(post.endpoints.add("http://127.0.0.1:1/", new_secret()))
    delivery = await post.attempted(made, 3)

    assert (delivery.state, delivery.next_attempt_at) == (FAILED, None)
    assert {(one.status, one.error) for one in delivery.attempts} == {(None, "no connection")}
    assert await post.is_off_the_schedule()


@pytest.mark.parametrize("is_date", [False, True])
async def test_a_receiver_that_wants_to_be_left_alone_is(post: Post, is_date: bool) -> None:
    wish = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True) if is_date else "3600"
    async with receiving(f"503 Service Unavailable\r\nRetry-After: {wish}") as receiver:
        await post.start()
        (made,) = await post.send(post.endpoints.add(receiver.url, new_secret()))
        delivery = await post.attempted(made)

    assert delivery.state == PENDING
    assert delivery.next_attempt_at is not None
    assert timedelta(minutes=58) < delivery.next_attempt_at - datetime.now(UTC) < timedelta(minutes=61)


async def test_an_endpoint_that_is_gone_is_disabled(post: Post) -> None:
    async with receiving("410 Gone") as receiver:
        await post.start()
        endpoint = post.endpoints.add(receiver.url, new_secret())
        (made,) = await post.send(endpoint)
        await eventually(lambda: post.endpoints.disabled == [endpoint])

    delivery = await post.get(made)
    assert (delivery.state, [one.status for one in delivery.attempts]) == (FAILED, [410])


async def test_an_answer_that_takes_too_long_is_none(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "TIMEOUT_S", 0.2)
    async with receiving(hangs=True) as receiver:
        await post.start()
        (made,) = await post.send(post.endpoints.add(receiver.url, new_secret()))
        (attempt, *_) = (await post.attempted(made)).attempts

    assert (attempt.status, attempt.error) == (None, "no whole reply within 0.2 s")
    assert attempt.duration_ms >= 200


async def test_a_failure_that_nobody_knew_ends_one_attempt_alone(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as receiver:

        async def break_once(*_: object, **__: object) -> NoReturn:
            monkeypatch.undo()
            raise ZeroDivisionError

        monkeypatch.setattr(Outbound, "post", break_once)
        await post.start()
        (made,) = await post.send(post.endpoints.add(receiver.url, new_secret()))
        delivery = await post.attempted(made, 2)

    assert [(one.status, one.error) for one in delivery.attempts] == [(None, "the call failed"), (204, None)]


async def test_an_address_that_may_not_be_reached_is_not(post: Post) -> None:
    async with receiving() as receiver:
        await post.start(guard=Guard())
        (made,) = await post.send(post.endpoints.add(receiver.url, new_secret()))
        delivery = await post.attempted(made, 3)

    assert delivery.state == FAILED
    assert receiver.received == []
    assert all(one.error for one in delivery.attempts)


async def test_what_waits_for_an_endpoint_that_is_gone_or_disabled_is_not_sent(post: Post) -> None:
    async with receiving() as receiver:
        disabled = post.endpoints.add(receiver.url, new_secret(), is_enabled=False)
        gone = post.endpoints.add(receiver.url, new_secret())
        kept, removed = await post.send(disabled, gone)
        del post.endpoints.known[gone]
        await post.start()
        delivery = await post.attempted(kept)
        await eventually(post.is_off_the_schedule)

    assert (delivery.state, [one.error for one in delivery.attempts]) == (FAILED, ["endpoint disabled"])
    async with post.db.transaction() as conn:
        assert await DeliveryStore(conn, SERVICE, "t1").get(removed) is None
    assert receiver.received == []


async def test_an_attempt_whose_delivery_ended_meanwhile_has_failed(post: Post) -> None:
    async with receiving(hangs=True) as receiver:
        await post.start()
        endpoint = post.endpoints.add(receiver.url, new_secret())
        (made,) = await post.send(endpoint)
        await eventually(lambda: receiver.received)
        async with post.db.transaction() as conn:
            await DeliveryStore(conn, SERVICE, "t1").fail_waiting(endpoint, DISABLED, datetime.now(UTC))
    await eventually(post.is_off_the_schedule)

    delivery = await post.get(made)
    assert (delivery.state, [one.error for one in delivery.attempts]) == (FAILED, ["endpoint disabled"])
    outcomes = {sample.labels["outcome"] for metric in WEBHOOK_DELIVERIES.collect() for sample in metric.samples}
    assert outcomes <= {"delivered", "retried", "failed"}


async def test_a_sender_killed_before_it_notes_an_attempt_is_followed_by_another(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LEASE_S", 0.3)
    late = asyncio.Event()

    class Frozen(WebhookSender):
        async def _settle(self, leased: Leased, outcome: AttemptOutcome) -> None:
            await late.wait()
            await super()._settle(leased, outcome)
            raise AssertionError("it noted an attempt of a lease that it had lost")

    async with receiving() as receiver:
        frozen = await post.start(Frozen, at_a_time=1)
        (made,) = await post.send(post.endpoints.add(receiver.url, new_secret()))
        await eventually(lambda: len(receiver.received) == 1)
        await post.start()
        await post.attempted(made)
        late.set()
        await eventually(post.is_off_the_schedule)

    assert len(receiver.received) >= 2
    assert {one.id for one in receiver.received} == {str(made)}
    assert len((await post.get(made)).attempts) == 1
    assert await frozen.check() is None


async def test_an_endpoint_that_hangs_holds_up_no_other(post: Post) -> None:
    async with receiving(hangs=True) as slow, receiving() as quick:
        await post.send(post.endpoints.add(slow.url, new_secret()), count=100)
        await post.start()
        await eventually(lambda: len(slow.received) == 2)
        await post.send(post.endpoints.add(quick.url, new_secret()), count=20)
        await eventually(lambda: len(quick.received) == 20)
        assert len(slow.received) == 2


async def test_a_tenant_whose_endpoints_all_hang_holds_up_no_other(post: Post) -> None:
    async with receiving(hangs=True) as slow, receiving() as quick:
        await post.send(*(post.endpoints.add(slow.url, new_secret()) for _ in range(30)), count=2)
        await post.start(at_a_time=8, of_tenant=6)
        await eventually(lambda: len(slow.received) == 6)
        await post.send(post.endpoints.add(quick.url, new_secret()), count=20, tenant_id="t2")
        await eventually(lambda: len(quick.received) == 20)
        assert len(slow.received) == 6


async def test_two_senders_send_each_delivery_once(post: Post) -> None:
    async with receiving() as one, receiving() as other:
        for _ in range(2):
            await post.start(of_endpoint=8)
        endpoints = [post.endpoints.add(receiver.url, new_secret()) for receiver in (one, other)]
        made = await post.send(*endpoints, count=50)
        await eventually(post.is_off_the_schedule)

    assert Counter(received.id for received in one.received + other.received) == Counter(map(str, made))
