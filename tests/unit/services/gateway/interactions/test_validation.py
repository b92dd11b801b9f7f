"""Every rule about one interaction's fields, each violation naming its field."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from libs.contracts.interactions import generated_uow_id
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.httpkit.errors import ApiError
from libs.httpkit.request_headers import NO_HEADERS, RequestHeaders
from services.gateway.interactions.validation import InteractionValidator
from services.gateway.model import InteractionDraft
from services.gateway.recording.judging import UnknownName
from services.gateway.replicas.catalog import CatalogIndex
from tests.support.gateway.records import CATALOG, catalog_record
from tests.support.records import item_id

Validate = Callable[[InteractionValidator, RequestHeaders, bytes], InteractionDraft]
GOOD: dict[str, Any] = {"resourceId": "order-456", "resourceType": "ORDER", "action": "CREATE", "origin": "WEBAPP"}
ID = "0198C7A2-0f2e-7c41-9a55-0d5c2f7e1b11"
T, UUID = "default", "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def catalog() -> CatalogIndex:
    index = CatalogIndex()
    for kind in CATALOG_KINDS:
        for mnemonic in CATALOG[kind]:
            index.put(catalog_record(T, kind, mnemonic))
    index.put(catalog_record(T, ACTION, "RETIRED", archived=True))
    index.put(catalog_record("other", ACTION, "FOREIGN"))
    return index


@pytest.fixture
def validation(catalog: CatalogIndex) -> InteractionValidator:
    return InteractionValidator(catalog)


def body(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def without(*fields: str, **changes: Any) -> bytes:
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if key not in fields}).encode()


def nested(depth: int) -> bytes:
    return body()[:-1] + b', "interaction": ' + b"[" * depth + b"]" * depth + b"}"


def refusal(validation: InteractionValidator, raw: bytes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        validation.single(T, raw, NO_HEADERS)
    return caught.value


@pytest.mark.parametrize(
    ("raw", "status", "fields"),
    [
        (b"", 400, [""]),
        (b"{", 400, [""]),
        (b"{'a': 1}", 400, [""]),
        (body() + b"x", 400, [""]),
        (b"[]", 422, [""]),
        (b'"text"', 422, [""]),
        (b"null", 422, [""]),
        (without("resourceId"), 422, ["resourceId"]),
        (body(resourceId=""), 422, ["resourceId"]),
        (body(resourceId="x" * 1025), 422, ["resourceId"]),
        (body(resourceId=5), 422, ["resourceId"]),
        (body(resourceId=5, action=[], sequenceIndex="1"), 422, ["resourceId", "action", "sequenceIndex"]),
        (body(resourceId=True), 422, ["resourceId"]),
        (without("resourceId", userId="", spanId=""), 422, ["resourceId", "userId", "spanId"]),
        (without("action"), 422, ["action"]),
        (without("action", "origin", "resourceId"), 422, ["resourceId", "action", "origin"]),
        (body(action=None), 422, ["action"]),
        (body(action="CRATE"), 422, ["action"]),
        (body(action=""), 422, ["action"]),
        (body(action="FOREIGN"), 422, ["action"]),
        (body(action="RETIRED"), 422, ["action"]),
        (body(action="READ", actionId=item_id(T, ACTION, "CREATE")), 422, ["action"]),
        (body(actionId=UUID), 422, ["actionId"]),
        (body(actionId="e5f6a7b8-..."), 422, ["actionId"]),
        (without("action", actionId=item_id("other", ACTION, "FOREIGN")), 422, ["actionId"]),
        (body(interactionId="7"), 422, ["interactionId"]),
        (body(sequenceIndex=1.5), 422, ["sequenceIndex"]),
        (body(sequenceIndex=2**63), 422, ["sequenceIndex"]),
        (body(externalReference={}), 422, ["externalReference"]),
        (body(resourceId="a\x00b"), 422, ["resourceId"]),
        (body(interaction={"a": ["\x00"]}), 422, ["interaction.a[0]"]),
        (body(interaction="\ud800"), 422, ["interaction"]),
        (body(interaction=2**64), 422, ["interaction"]),
        (body()[:-1] + b', "interaction": 1e999}', 422, ["interaction"]),
        (body()[:-1] + b', "interaction": NaN}', 422, ["interaction"]),
        (body()[:-1] + b', "interaction": "\xff"}', 422, ["interaction"]),
        (body(ignored={"a": "\x00"}), 422, ["ignored.a"]),
    ],
)
def test_a_refusal_names_the_fields(
    validation: InteractionValidator, raw: bytes, status: int, fields: list[str]
) -> None:
    error = refusal(validation, raw)

    assert error.status == status, error.detail
    assert [violation.field.removeprefix("body") for violation in error.violations] == fields


def test_json_deeper_than_32_is_refused(validation: InteractionValidator) -> None:
    assert validation.single(T, nested(31), NO_HEADERS)
    assert refusal(validation, nested(32)).status == 422
    assert refusal(validation, nested(100_000)).status == 422


def test_an_unknown_mnemonic_is_told_the_nearest_usable_ones(validation: InteractionValidator) -> None:
    error = refusal(validation, body(action="creat"))

    assert "did you mean CREATE" in error.detail
    assert "RETIRED" not in refusal(validation, body(action="RETIRE")).detail
    assert isinstance(error, UnknownName)


def test_only_what_the_replica_may_learn_counts_as_unknown(validation: InteractionValidator) -> None:
    assert not isinstance(refusal(validation, body(action="RETIRED")), UnknownName)
    assert not isinstance(refusal(validation, body(actionId="e5f6a7b8-...")), UnknownName)
    assert isinstance(refusal(validation, body(actionId=UUID)), UnknownName)


def test_mnemonics_match_in_any_case_and_come_back_in_the_catalogs_spelling(validation: InteractionValidator) -> None:
    draft = validation.single(T, body(action="create", origin="WebApp"), NO_HEADERS)

    assert (draft.interaction.action, draft.interaction.origin) == ("CREATE", "WEBAPP")
    assert draft.interaction.action_id == item_id(T, ACTION, "CREATE")


def test_ids_alone_or_beside_their_mnemonics_will_do(validation: InteractionValidator) -> None:
    ids = {f"{field}Id": item_id(T, kind, GOOD[field]) for kind, field in FIELDS.items()}
    upper = {field: text.upper() for field, text in ids.items()}

    for raw in (body(**ids), without(*GOOD.keys() - {"resourceId"}, **ids), body(**upper)):
        draft = validation.single(T, raw, NO_HEADERS)
        assert (draft.interaction.resource_type, draft.interaction.action, draft.interaction.origin) == (
            "ORDER",
            "CREATE",
            "WEBAPP",
        )
        assert draft.interaction.origin_id == item_id(T, ORIGIN, "WEBAPP")


def test_free_form_json_is_kept_as_sent(validation: InteractionValidator) -> None:
    raw = body()[:-1] + b', "interaction": {"b" : 1.50, "a":"\\u00e9"}, "externalResponse": 1e2 }'

    draft = validation.single(T, raw, NO_HEADERS)

    assert bytes(draft.interaction.interaction) == b'{"b" : 1.50, "a":"\\u00e9"}'
    assert bytes(draft.interaction.external_response) == b"1e2"


def test_absent_and_null_are_the_same(validation: InteractionValidator) -> None:
    absent = validation.single(T, body(), NO_HEADERS)
    null = validation.single(T, body(interaction=None, externalReference=None, interactionId=None), NO_HEADERS)

    assert bytes(absent.interaction.interaction) == bytes(null.interaction.interaction) == b"null"
    assert absent.interaction.external_reference is null.interaction.external_reference is None


def test_the_longest_and_strangest_resource_ids_pass(validation: InteractionValidator) -> None:
    for text in ("x" * 1024, "ü" * 1024, "a/b c%2F?#", "注文 №7 💥"):
        assert validation.single(T, body(resourceId=text), NO_HEADERS).interaction.resource_id == text


def test_unknown_fields_are_ignored(validation: InteractionValidator) -> None:
    assert validation.single(T, body(sender=5, extra=[1]), NO_HEADERS).interaction.resource_id == GOOD["resourceId"]


class TestUnitOfWork:
    def test_the_header_goes_first(self, validation: InteractionValidator) -> None:
        headers = RequestHeaders(uow_id="mine", trace_id="f" * 32)

        assert validation.single(T, body(), headers).interaction.uow_id == "mine"

    def test_then_the_trace(self, validation: InteractionValidator) -> None:
        assert (
            validation.single(T, body(interactionId=ID), RequestHeaders(trace_id="f" * 32)).interaction.uow_id
            == "f" * 32
        )

    def test_a_client_given_id_makes_its_own(self, validation: InteractionValidator) -> None:
        drafts = [validation.single(T, body(interactionId=text), NO_HEADERS) for text in (ID, ID.lower())]

        assert {draft.interaction.uow_id for draft in drafts} == {generated_uow_id(ID.lower())}
        assert {draft.interaction.interaction_id for draft in drafts} == {ID.lower()}

    def test_else_it_is_generated_by_time(self, validation: InteractionValidator) -> None:
        drafts = [validation.single(T, body(), NO_HEADERS) for _ in range(2)]

        assert drafts[0].interaction.uow_id != drafts[1].interaction.uow_id
        assert uuid.UUID(drafts[0].interaction.uow_id).version == 7


def alone(validation: InteractionValidator, headers: RequestHeaders, raw: bytes) -> InteractionDraft:
    return validation.single(T, raw, headers)


def in_a_batch(validation: InteractionValidator, headers: RequestHeaders, raw: bytes) -> InteractionDraft:
    return validation.item(T, headers, raw)


@pytest.mark.parametrize("validate", [alone, in_a_batch])
class TestOwnFields:
    def test_they_go_before_the_headers(self, validation: InteractionValidator, validate: Validate) -> None:
        headers = RequestHeaders(uow_id="h", user_id="h", interaction_timestamp="2020-01-01T00:00:00.000Z", span_id="h")
        own = {"uowId": "own", "interactionTimestamp": "2026-01-15T10:30:00+02:00", "parentSpanId": "p"}

        draft = validate(validation, headers, body(**own))

        assert (
            draft.interaction.uow_id,
            draft.interaction.user_id,
            draft.interaction.span_id,
            draft.interaction.parent_span_id,
        ) == ("own", "h", "h", "p")
        assert draft.interaction.interaction_timestamp == "2026-01-15T08:30:00.000Z"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"uowId": ""}, "uowId"),
            ({"uowId": "x" * 201}, "uowId"),
            ({"uowId": "a\nb"}, "uowId"),
            ({"userId": 3}, "userId"),
            ({"interactionTimestamp": "yesterday"}, "interactionTimestamp"),
            ({"interactionTimestamp": "2026-02-30"}, "interactionTimestamp"),
            ({"interactionTimestamp": 1_768_473_000_000}, "interactionTimestamp"),
        ],
    )
    def test_what_is_wrong_with_them_is_named(
        self, validation: InteractionValidator, validate: Validate, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(ApiError) as caught:
            validate(validation, NO_HEADERS, body(**changes))

        assert [violation.field for violation in caught.value.violations] == [field]

    def test_a_date_is_its_midnight(self, validation: InteractionValidator, validate: Validate) -> None:
        draft = validate(validation, NO_HEADERS, body(interactionTimestamp="2026-01-15"))

        assert draft.interaction.interaction_timestamp == "2026-01-15T00:00:00.000Z"


def test_an_item_over_a_megabyte_is_413(validation: InteractionValidator) -> None:
    with pytest.raises(ApiError) as caught:
        validation.item(T, NO_HEADERS, body(interaction="x" * 1024 * 1024))

    assert caught.value.status == 413


FIELDS = {RESOURCE_TYPE: "resourceType", ACTION: "action", ORIGIN: "origin"}
