"""`POST /api/interactions/batch` against both logs: item by item, defaults, limits, and the answers' statuses."""

from __future__ import annotations

import gzip
import json
import uuid
from typing import Any

import httpx
import pytest

from libs.contracts.interactions import RECORDED, Interaction, decode_interaction_record
from libs.contracts.reference import ACTION
from libs.eventlog.errors import AppendFailed
from libs.httpkit.bodies import PROCESS_BUDGET
from libs.httpkit.positions import parse_min_position
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.records import catalog_record, numbers_in, publish_reference, read_topic
from tests.support.gateway.surroundings import Surroundings, on_one_log
from tests.support.waiting import eventually

URL = "/api/interactions/batch"
NDJSON = {"content-type": "application/x-ndjson"}


def item(**changes: Any) -> dict[str, Any]:
    return {**FIRST_EXAMPLE, **changes}


async def test_items_are_numbered_in_order_and_one_bad_item_costs_nothing(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    items = [item(), item(action="CRATE"), item(resourceId=""), item()]

    answer = await client.post(URL, json=items)

    assert answer.status_code == 200
    body = answer.json()
    assert (body["accepted"], body["rejected"]) == (2, 2)
    assert [one["status"] for one in body["items"]] == [201, 422, 422, 201]
    assert [one["interactionNumber"] for one in body["items"]] == [1, None, None, 2]
    assert [one["index"] for one in body["items"]] == [0, 1, 2, 3]
    assert body["items"][0]["error"] is None
    assert body["items"][1]["error"]["errors"][0]["field"] == "action"
    assert "did you mean CREATE" in body["items"][1]["error"]["detail"]
    numbers = await numbers_in(surroundings.log)
    assert numbers.recorded == {1: body["items"][0]["interactionId"], 2: body["items"][3]["interactionId"]}


@on_one_log
async def test_ndjson_is_judged_line_by_line(client: httpx.AsyncClient) -> None:
    lines = [json.dumps(item()), "", '{"resourceId":', "[]", "  ", json.dumps(item())]

    answer = await client.post(URL, content="\r\n".join(lines), headers=NDJSON)

    assert [one["status"] for one in answer.json()["items"]] == [201, 400, 422, 201]


@on_one_log
@pytest.mark.parametrize("road", ["single", "array", "ndjson"])
async def test_a_misspelt_member_is_named_by_every_road(client: httpx.AsyncClient, road: str) -> None:
    wrong = item(intercation={"total": 1}, more=1)
    if road == "single":
        error = (answer := await client.post("/api/interactions", json=wrong)).json()
    else:
        content = json.dumps(wrong) if road == "ndjson" else json.dumps([wrong])
        answer = await client.post(URL, content=content, headers=NDJSON if road == "ndjson" else {})
        (one,) = answer.json()["items"]
        error = one["error"]
    assert answer.status_code == 422
    assert [(place["field"], place["type"]) for place in error["errors"]] == [("intercation", "misspelt_name")]
    assert "did you mean 'interaction'" in error["detail"]


async def test_the_headers_are_the_items_defaults(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    headers = {"x-uowid": "batch", "x-userid": "ada", "x-interaction-timestamp": "2026-01-15"}
    own = {"uowId": "own", "userId": "bob", "interactionTimestamp": "2020-01-01T00:00:00Z", "spanId": "s"}

    await client.post(URL, json=[item(), item(**own)], headers=headers)

    bodies: dict[int, Interaction] = {}
    for record in await read_topic(surroundings.log):
        _, body = decode_interaction_record(record.value, record.headers)
        assert isinstance(body, Interaction)
        bodies[body.interaction_number] = body
    first, second = bodies[1], bodies[2]
    assert (first.uow_id, first.user_id, first.interaction_timestamp) == ("batch", "ada", "2026-01-15T00:00:00.000Z")
    assert (second.uow_id, second.user_id, second.interaction_timestamp) == ("own", "bob", "2020-01-01T00:00:00.000Z")
    assert (first.span_id, second.span_id) == (None, "s")


async def test_the_position_covers_every_partition_written(
    surroundings: Surroundings, client: httpx.AsyncClient
) -> None:
    answer = await client.post(URL, json=[item() for _ in range(50)])

    position = parse_min_position(answer.headers["waymark-position"], await surroundings.log.identity())
    ends: dict[tuple[str, int], int] = {}
    for record in await read_topic(surroundings.log):
        ends[record.topic, record.partition] = record.offset + 1
    assert position == ends


@on_one_log
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"[", {}, 400),
        (b'[{"resourceId":"a"},]', {}, 400),
        (b"{}", {}, 422),
        (b'"text"', {}, 422),
        (b"[" * 100_000, {}, 422),
        (b"[" + b"1," * 10_000 + b"1]", {}, 422),
        (b" [ ] ", {}, 422),
        (b"", NDJSON, 422),
        (b"\r\n \n", NDJSON, 422),
        (b"1\n" * 10_001, NDJSON, 422),
        (b"[]", {"content-type": "text/csv"}, 415),
        (b" " * (16 * 1024 * 1024 + 1), {}, 413),
        (gzip.compress(b" " * (16 * 1024 * 1024 + 1)), {"content-encoding": "gzip"}, 413),
        (b"[]", {"x-uowid": "x" * 201}, 422),
    ],
)
async def test_what_refuses_the_whole_batch(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await client.post(URL, content=content, headers={"content-type": "application/json", **headers})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert PROCESS_BUDGET.held_bytes == 0


@on_one_log
async def test_none_acceptable_is_422_with_the_items(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=[item(action="CRATE"), 7])

    assert answer.status_code == 422
    assert answer.json()["accepted"] == 0
    assert [one["status"] for one in answer.json()["items"]] == [422, 422]


@on_one_log
@pytest.mark.parametrize(("content", "headers"), [(b"[]", {"content-type": "application/json"}), (b"\n\n", NDJSON)])
async def test_a_batch_of_nothing_says_what_is_expected(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str]
) -> None:
    answer = await client.post(URL, content=content, headers=headers)

    assert answer.status_code == 422
    assert "at least one item is expected" in answer.json()["detail"]


async def test_the_largest_batch_is_taken(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=[item() for _ in range(10_000)], timeout=60)

    assert answer.json()["accepted"] == 10_000
    (await numbers_in(surroundings.log)).assert_gapless(up_to=10_000)


@on_one_log
async def test_one_item_over_a_megabyte_is_413_by_itself(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=[item(interaction="x" * 1024 * 1024), item()])

    assert [one["status"] for one in answer.json()["items"]] == [413, 201]


async def test_a_mnemonic_made_a_moment_ago_is_found(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    await publish_reference(surroundings.log, catalog_record("default", ACTION, "SHIP"))

    answer = await client.post(URL, json=[item(action="ship"), item(action="CRATE"), item()])

    assert [one["status"] for one in answer.json()["items"]] == [201, 422, 201]


async def test_an_id_twice_in_one_batch_is_recorded_once(surroundings: Surroundings, client: httpx.AsyncClient) -> None:
    given = str(uuid.uuid4())

    answer = await client.post(URL, json=[item(interactionId=given), item(), item(interactionId=given.upper())])

    first, second, third = answer.json()["items"]
    assert (first["interactionNumber"], third["interactionNumber"]) == (1, 1)
    assert second["interactionNumber"] == 2
    assert first["interactionId"] == third["interactionId"] == given
    assert (await numbers_in(surroundings.log)).ids[given] == {1}


@pytest.mark.kafka
@pytest.mark.parametrize("new_log", ["kafka"], indirect=True)
async def test_an_item_whose_append_failed_says_503_and_its_number_is_voided(
    surroundings: Surroundings, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = surroundings.log.append

    async def without_the_first(records: Any) -> Any:
        if dict(records[0].headers)["ce_type"] != RECORDED.encode():
            return await whole(records)
        return [AppendFailed("no room", unknown=False), *(await whole(records[1:]))]

    with monkeypatch.context() as patch:
        patch.setattr(surroundings.log, "append", without_the_first)
        answer = await client.post(URL, json=[item(), item(), item(action="CRATE")])
    assert answer.status_code == 200
    assert [one["status"] for one in answer.json()["items"]] == [503, 201, 422]

    with monkeypatch.context() as patch:
        patch.setattr(surroundings.log, "append", without_the_first)
        await until_open(client)
        answer = await client.post(URL, json=[item(), item(action="CRATE")])
    assert answer.status_code == 503
    assert [one["status"] for one in answer.json()["items"]] == [503, 422]

    await until_open(client)
    assert (await client.post(URL, json=[item()])).status_code == 200
    numbers = await numbers_in(surroundings.log)
    numbers.assert_gapless(up_to=4)
    assert numbers.voided == {1, 3}


async def until_open(client: httpx.AsyncClient) -> None:
    async def is_ready() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await eventually(is_ready)


async def test_what_was_recorded_before_is_counted(client: httpx.AsyncClient) -> None:
    first, second, third = (str(uuid.uuid4()) for _ in range(3))
    await client.post(URL, json=[item(interactionId=first)])

    answer = await client.post(URL, json=[item(interactionId=one) for one in (first, second, third, third)] + [item()])
    again = await client.post(URL, json=[item(interactionId=one) for one in (first, second)])

    assert (answer.json()["accepted"], answer.json()["repeated"]) == (5, 2)
    assert (again.json()["accepted"], again.json()["repeated"]) == (2, 2)
