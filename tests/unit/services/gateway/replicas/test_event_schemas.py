"""What the door knows of event types' schemas, what it says of payloads, and that no check holds it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from libs.contracts.reference import ReferenceRecord, dataschema_of, encode_reference
from libs.contracts.topics import MANIFEST, REFERENCE
from libs.event_schemas.apart import ChecksApart, ChecksBusy, CheckTooLong
from libs.event_schemas.validator import Problem
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.eventlog.replica import Replica
from libs.httpkit.errors import ApiError
from services.gateway.replicas.event_schemas import Allowance, EventSchemas
from tests.support.gateway.schemas import schema_record

SCHEMA = {"type": "object", "properties": {"items": {"items": {"type": "integer"}}}, "required": ["items"]}
COSTLY = {"properties": {"items": {"items": {"allOf": [{"multipleOf": 1e-300}] * 4}}}}
BEYOND = {"allOf": [{"properties": {"items": {"items": {"multipleOf": 1e-300}}}}] * 60}
MANY_PATTERNS = {"allOf": [{"pattern": rf"\p{{L}}{{15}}{number}"} for number in range(100)]}
NAMES = [f"n{number}" for number in range(8_000)]
WIDE = {"properties": {"items": {"items": {"type": "integer"}}}}


def _items(schema: Any) -> dict[str, Any]:
    return {"properties": {"items": {"items": schema}}}


class Apart(ChecksApart):
    """Notes the payloads it is asked about, and answers or fails as the test says."""

    def __init__(self, outcome: Sequence[Problem] | Exception = (), took_s: float = 0.0) -> None:
        super().__init__()
        self.asked: list[bytes] = []
        self._outcome = outcome
        self._took_s = took_s

    async def problems(self, tenant_id: str, schema: bytes, payload: bytes) -> tuple[Sequence[Problem], float]:
        self.asked.append(payload)
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome, self._took_s


def record(schema: Any, revision: int = 1, *, tenant_id: str = "acme", **options: Any) -> ReferenceRecord:
    return schema_record("order.shipped", schema, tenant_id=tenant_id, revision=revision, **options)


async def known(*records: ReferenceRecord, apart: ChecksApart | None = None) -> EventSchemas:
    """What a door knows that has read these."""
    log = MemoryEventLog()
    await log.start()
    await log.ensure_topics(MANIFEST)
    await log.append(
        [Record(REFERENCE.name, *encode_reference(one, timestamp_ms=1), timestamp_ms=1) for one in records]
    )
    schemas = EventSchemas(apart or Apart(AssertionError("no costly check is expected")))
    replica = Replica(log, REFERENCE, schemas.apply)
    await replica.start()
    await replica.stop()
    return schemas


async def check(schemas: EventSchemas, payload: bytes, allowance: Allowance | None = None) -> str:
    schema = schemas.find("acme", "order.shipped")
    assert schema is not None
    return await schema.check(payload, allowance or Allowance())


async def refusal(schemas: EventSchemas, payload: bytes, allowance: Allowance | None = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await check(schemas, payload, allowance)
    return caught.value


async def test_a_payload_that_fits_is_said_to_be_checked() -> None:
    schemas = await known(record(SCHEMA, version=3))

    assert await check(schemas, b'{"items":[1]}') == "/api/v1/event-types/order.shipped/schema?version=3"


async def test_where_there_is_no_schema_nothing_is_checked() -> None:
    schemas = await known(record(SCHEMA), record(False, tenant_id="other", archived=True))

    assert schemas.find("acme", "order.paid") is None
    assert schemas.find("other", "order.shipped") is None
    assert schemas.find("third", "order.shipped") is None


async def test_a_refusal_names_each_place_and_repeats_nothing_of_the_payload() -> None:
    error = await refusal(await known(record(SCHEMA)), b'{"items":[1,"secret",2.5]}')

    assert error.status == 422
    assert [(violation.loc, violation.type) for violation in error.violations] == [
        (("body", "payload", "items", 1), "schema_type"),
        (("body", "payload", "items", 2), "schema_type"),
    ]
    assert "secret" not in error.detail


async def test_the_newest_record_counts_in_whatever_order_they_come() -> None:
    newer, older = record({"minProperties": 1}, 2, version=2), record(SCHEMA, 1)
    schemas = await known(newer, older, older)

    assert await check(schemas, b'{"a":1}') == dataschema_of("order.shipped", 2)


async def test_archiving_ends_the_checking() -> None:
    schemas = await known(record(False, 1), record(False, 2, archived=True))

    assert schemas.find("acme", "order.shipped") is None


def test_other_kinds_are_not_even_read() -> None:
    stored = StoredRecord(REFERENCE.name, 0, 0, "action:acme:1", b"no JSON", (), 1)
    EventSchemas(ChecksApart()).apply(stored)


async def test_a_schema_another_release_took_is_no_reason_to_let_anything_through() -> None:
    assert (await refusal(await known(record({"$ref": "https://example.com"})), b"{}")).status == 503


@pytest.mark.parametrize(
    ("schema", "payload"),
    [
        (COSTLY, b'{"items":[' + b"1," * 200 + b"1]}"),
        (WIDE, b'{"items":[' + b"1," * 100_000 + b"1]}"),
        (WIDE, b'{"items":[' + b'"",' * 1_000 + b"1]}"),
        ({"properties": {"items": {"items": {"maximum": 0.5}}}}, b'{"items":[' + b"1e-300," * 1_000 + b"0]}"),
        (_items({"required": NAMES}), b'{"items":[{}]}'),
        (_items({"dependentRequired": {"a": NAMES}}), b'{"items":[{"a":1}]}'),
        (_items({"anyOf": [{"required": NAMES}]}), b'{"items":[{}]}'),
        (_items({"enum": NAMES}), b'{"items":[1,1,1]}'),
        (_items({"const": NAMES}), b'{"items":[1,1,1]}'),
        (_items({"not": {"examples": NAMES}}), b'{"items":[1,1,1]}'),
        (_items({"$ref": f"#/$defs/{'d' * 50_000}"}) | {"$defs": {"d" * 50_000: False}}, b'{"items":[1,1,1]}'),
    ],
    ids=[
        *("costly schema", "large payload", "many problems", "odd numbers", "many required", "many dependent"),
        *("many in alternatives", "many options", "long constant", "long negation", "long reference"),
    ],
)
async def test_a_check_that_may_take_long_runs_apart(schema: Any, payload: bytes) -> None:
    apart = Apart()
    await check(await known(record(schema), apart=apart), payload)
    assert apart.asked == [payload]


@pytest.mark.parametrize(
    ("schema", "payload"),
    [
        (COSTLY, b'{"items":[1]}'),
        (WIDE, b'{"items":[' + b"1," * 10_000 + b"1]}"),
        ({"properties": {"items": {"items": {"maximum": 0.5}}}}, b'{"items":[' + b"0.25," * 1_000 + b"0]}"),
    ],
)
async def test_a_usual_check_runs_at_once(schema: Any, payload: bytes) -> None:
    await check(await known(record(schema)), payload)


async def test_a_few_usual_problems_are_named_at_once() -> None:
    usual = {"required": ["a", "b", "c"], "properties": {"d": {"enum": ["placed", "paid", "shipped", "delivered"]}}}

    error = await refusal(await known(record(usual)), b'{"a":1,"b":"two","d":"lost"}')

    assert sorted(violation.type for violation in error.violations) == ["schema_enum", "schema_required"]


async def test_what_is_wrong_is_learnt_apart_too() -> None:
    apart = Apart([Problem(("items", 7), "1 is not a multiple", "multipleOf")])

    error = await refusal(await known(record(COSTLY), apart=apart), b'{"items":[' + b"1," * 200 + b"1]}")

    assert [(one.loc, one.type) for one in error.violations] == [(("body", "payload", "items", 7), "schema_multipleOf")]


@pytest.mark.parametrize(("failure", "status"), [(CheckTooLong(), 422), (ChecksBusy(), 503)])
async def test_a_check_that_is_given_up_is_refused_in_words(failure: Exception, status: int) -> None:
    error = await refusal(await known(record(COSTLY), apart=Apart(failure)), b'{"items":[' + b"1," * 200 + b"1]}")

    assert error.status == status
    assert (error.headers.get("Retry-After") is not None) == (status == 503)


async def test_the_checks_of_one_request_are_bounded_together() -> None:
    apart = Apart(took_s=0.9)
    schemas = await known(record(COSTLY), apart=apart)
    allowance = Allowance()
    costly = b'{"items":[' + b"1," * 200 + b"1]}"

    for _ in range(3):
        await check(schemas, costly, allowance)
    error = await refusal(schemas, costly, allowance)

    assert (error.status, error.violations[0].type, len(apart.asked)) == (422, "schema_time", 3)
    assert await check(schemas, b'{"items":[1]}', allowance)


async def test_when_its_time_here_is_used_up_a_request_is_checked_apart() -> None:
    apart = Apart()
    allowance = Allowance()
    allowance.here_s = 0.0

    await check(await known(record(SCHEMA), apart=apart), b'{"items":[1]}', allowance)

    assert apart.asked == [b'{"items":[1]}']


@pytest.mark.parametrize("definition", [BEYOND, MANY_PATTERNS], ids=["costly", "large patterns"])
async def test_a_schema_of_an_earlier_release_judges_whatever_it_defines_without_use(definition: Any) -> None:
    schemas = await known(record({**SCHEMA, "$defs": {"unused": definition}}))

    assert await check(schemas, b'{"items":[1]}')
    assert (await refusal(schemas, b'{"items":["one"]}')).status == 422


async def test_a_costly_schema_of_an_earlier_release_judges_apart() -> None:
    apart = ChecksApart()
    schemas = await known(record({"$ref": "#/$defs/items", "$defs": {"items": BEYOND}}), apart=apart)

    assert await check(schemas, b'{"items":[1]}')
    assert (await refusal(schemas, b'{"items":[1e-301]}')).violations[0].type == "schema_multipleOf"
    await apart.stop()


async def test_patterns_in_use_are_never_compiled_here_beside_others_that_are_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart = Apart()
    schemas = await known(record({"$defs": {"unused": MANY_PATTERNS}, "pattern": "^a"}), apart=apart)
    monkeypatch.setattr("services.gateway.replicas.event_schemas.compile_schema", None)

    await check(schemas, b"{}")

    assert apart.asked == [b"{}"]


async def test_a_schema_beyond_the_bounds_is_never_compiled_here(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = Apart()
    schemas = await known(record(BEYOND), apart=apart)
    monkeypatch.setattr("services.gateway.replicas.event_schemas.compile_schema", None)

    await check(schemas, b"{}")

    assert apart.asked == [b"{}"]
