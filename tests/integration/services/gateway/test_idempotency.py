"""Repeats against both logs: by Idempotency-Key and by client-given id, in one gateway and in two."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import Any

import asyncpg
import httpx
import pytest

from libs.pg.database import connect_once
from services.gateway.numbering.numbers import RECEIPTS_KEPT_MS
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import numbers_in, seed
from tests.support.gateway.surroundings import URL, Surroundings, on_one_log
from tests.support.waiting import eventually

KEY = {"idempotency-key": "first"}
BATCH = URL + "/batch"


def said(answer: httpx.Response) -> tuple[int, str, int, str]:
    body = answer.json()
    return answer.status_code, body["interactionId"], body["interactionNumber"], body["createdDate"]


async def test_the_same_key_and_body_get_the_same_answer(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    first = await client.post(URL, json=FIRST_EXAMPLE, headers=KEY)
    again = [await client.post(URL, json=FIRST_EXAMPLE, headers=KEY) for _ in range(3)]

    assert {said(answer) for answer in again} == {said(first)}
    assert {answer.json()["uowId"] for answer in again} == {first.json()["uowId"]}
    numbers = await numbers_in(surroundings.log)
    numbers.assert_gapless(up_to=1)


async def test_another_body_under_the_key_is_422(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    await client.post(URL, json=FIRST_EXAMPLE, headers=KEY)

    answer = await client.post(URL, json={**FIRST_EXAMPLE, "resourceId": "other"}, headers=KEY)

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.text
    (await numbers_in(surroundings.log)).assert_gapless(up_to=1)


RECORDED_HEADERS = {
    "x-uowid": "checkout",
    "x-userid": "ada",
    "x-interaction-timestamp": "2026-01-15T10:00:00Z",
    "x-span-id": "s",
    "x-parent-span-id": "p",
}


@on_one_log
@pytest.mark.parametrize("name", RECORDED_HEADERS)
@pytest.mark.parametrize("url", [URL, BATCH])
async def test_another_value_of_a_recorded_header_under_the_key_is_422(
    client: httpx.AsyncClient, url: str, name: str
) -> None:
    body = FIRST_EXAMPLE if url == URL else [FIRST_EXAMPLE]
    first = await client.post(url, json=body, headers=KEY | RECORDED_HEADERS)
    changed = {**RECORDED_HEADERS, name: "2026-01-16" if "timestamp" in name else "other"}
    without = {other: value for other, value in RECORDED_HEADERS.items() if other != name}

    others = [await client.post(url, json=body, headers=KEY | headers) for headers in (changed, without)]

    assert first.is_success
    assert [answer.status_code for answer in others] == [422, 422]
    assert "Idempotency-Key" in others[0].text


@on_one_log
async def test_the_same_moment_spelled_otherwise_and_another_trace_are_a_repeat(client: httpx.AsyncClient) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    moments = ("2026-01-15T10:00:00Z", "2026-01-15T11:00:00.000+01:00")
    traces = (trace, trace.replace("0af7", "1bf8"))
    first, again = [
        await client.post(
            URL, json=FIRST_EXAMPLE, headers={**KEY, "traceparent": trace, "x-interaction-timestamp": moment}
        )
        for trace, moment in zip(traces, moments, strict=True)
    ]

    assert said(again) == said(first)
    assert again.json()["uowId"] == first.json()["uowId"]


async def test_a_refused_request_leaves_its_key_free(client: httpx.AsyncClient) -> None:
    assert (await client.post(URL, json={**FIRST_EXAMPLE, "action": "CRATE"}, headers=KEY)).status_code == 422

    assert (await client.post(URL, json=FIRST_EXAMPLE, headers=KEY)).status_code == 201


async def test_of_requests_at_once_one_wins_and_the_others_are_told(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(client.post(URL, json=FIRST_EXAMPLE, headers=KEY) for _ in range(20)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({said(answer) for answer in answers if answer.status_code == 201}) == 1
    (await numbers_in(surroundings.log)).assert_gapless(up_to=1)


async def test_a_batch_under_a_key_is_repeated_item_by_item(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    items = [FIRST_EXAMPLE, {**FIRST_EXAMPLE, "action": "CRATE"}, FIRST_EXAMPLE]
    first = await client.post(BATCH, json=items, headers=KEY)
    again = await client.post(BATCH, json=items, headers=KEY)
    other = await client.post(BATCH, json=[*items, FIRST_EXAMPLE], headers=KEY)
    single = await client.post(URL, json=FIRST_EXAMPLE, headers=KEY)

    assert again.json() == {**first.json(), "repeated": 2}
    assert (other.status_code, single.status_code) == (422, 422)
    (await numbers_in(surroundings.log)).assert_gapless(up_to=2)


async def test_a_client_given_id_is_recorded_once_whatever_the_body(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    given = str(uuid.uuid4())
    first = await client.post(URL, json={**FIRST_EXAMPLE, "interactionId": given})
    again = await client.post(URL, json={**FIRST_EXAMPLE, "interactionId": given, "resourceId": "changed"})
    batch = await client.post(BATCH, json=[{**FIRST_EXAMPLE, "interactionId": given}])

    assert said(first)[1] == given
    assert said(again) == said(first)
    assert batch.json()["items"][0]["interactionNumber"] == 1
    assert (await numbers_in(surroundings.log)).ids == {given: {1}}


async def test_the_same_id_in_two_tenants_is_two_records(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    other = await seed(surroundings.log, "other")
    body = {**FIRST_EXAMPLE, "interactionId": str(uuid.uuid4())}

    mine = await client.post(URL, json=body, headers=KEY)
    theirs = await client.post(URL, json=body, headers={**KEY, "x-api-key": other.editor_key})

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["uowId"] == theirs.json()["uowId"]
    assert (await numbers_in(surroundings.log, "other")).ids == {body["interactionId"]: {1}}


async def test_shuffled_repeats_by_eight_senders_over_two_gateways_count_once(surroundings: Surroundings) -> None:
    gateways = [await surroundings.client(), await surroundings.client()]
    shuffle = random.Random(7)
    ids = [str(uuid.UUID(int=shuffle.getrandbits(128), version=4)) for _ in range(60)]
    sends = [given for given in ids for _ in range(shuffle.randint(1, 5))]
    shuffle.shuffle(sends)
    answers: dict[str, set[int]] = {given: set() for given in ids}

    async def sender(mine: list[str], client: httpx.AsyncClient) -> None:
        for given in mine:
            answers[given].add(await until_recorded(client, {**FIRST_EXAMPLE, "interactionId": given}))

    await asyncio.gather(*(sender(sends[n::8], gateways[n % 2]) for n in range(8)))

    numbers = await numbers_in(surroundings.log)
    numbers.assert_gapless(up_to=60)
    assert all(len(found) == 1 for found in answers.values())
    assert numbers.ids == answers


async def until_recorded(client: httpx.AsyncClient, body: dict[str, Any]) -> int:
    """The number a sender gets that comes again while another gateway is at it."""

    async def attempt() -> int | None:
        answer = await client.post(URL, json=body)
        assert answer.status_code in (201, 409), answer.text
        return answer.json()["interactionNumber"] if answer.status_code == 201 else None

    number = await eventually(attempt)
    assert number is not None
    return number


async def test_receipts_end_after_a_day_and_the_id_then_takes_a_new_number(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    given = str(uuid.uuid4())
    body = {**FIRST_EXAMPLE, "interactionId": given}
    await client.post(URL, json=body, headers=KEY)
    conn = await connect_once(surroundings.database_url, application_name="test")
    await age_receipts(conn)
    await conn.close()

    again = await client.post(URL, json=body, headers=KEY)
    once_more = await client.post(URL, json=body, headers=KEY)

    assert (again.json()["interactionNumber"], once_more.json()["interactionNumber"]) == (2, 2)
    assert (await numbers_in(surroundings.log)).ids == {given: {1, 2}}


async def age_receipts(conn: asyncpg.Connection[asyncpg.Record]) -> None:
    """Make every receipt older than they are kept."""
    status = "0"

    async def aged() -> bool:
        nonlocal status
        status = await conn.execute("UPDATE gateway.receipts SET created_ms = created_ms - $1", RECEIPTS_KEPT_MS + 1)
        return status == "UPDATE 2"

    await eventually(aged)
