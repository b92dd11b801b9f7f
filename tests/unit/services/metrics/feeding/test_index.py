"""Which records feed which series, for whom, with which number and in which group."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import msgspec
import orjson
import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.times import format_ms
from libs.eventlog.header_codec import pack_headers
from libs.eventlog.port import StoredRecord
from services.metrics.definitions.model import SeriesSource
from services.metrics.feeding.index import Contribution, IndexedSeries, SeriesIndex
from tests.support.records import START_MS, interaction, recorded, voided
from tests.support.traces.world import event, event_id

LONG = "c" * 201


def index_of(*sources: SeriesSource | str, tenant_id: str = "default", **fields: Any) -> SeriesIndex:
    """The index of a tenant's series, numbered from 1; a text is a `sourceField`."""
    known = [SeriesSource(source_field=one, **fields) if isinstance(one, str) else one for one in sources]
    return SeriesIndex(IndexedSeries(tenant_id, at, one) for at, one in enumerate(known, start=1))


def bought(data: object, number: int = 1, **body: Any) -> StoredRecord:
    """An interaction of ann's with this JSON, CREATE of an ORDER."""
    json = data if isinstance(data, bytes) else orjson.dumps(data)
    return recorded(interaction(number, json=json, **{"user_id": "ann", **body}))


def only(index: SeriesIndex, record: StoredRecord) -> Contribution:
    (found,) = index.contributions(record)
    return found


def changed(record: StoredRecord, **changes: Any) -> StoredRecord:
    return msgspec.structs.replace(record, **changes)


def with_header(record: StoredRecord, name: str, value: bytes) -> StoredRecord:
    others = tuple(header for header in record.headers if header[0] != name)
    return changed(record, stored_headers=(*others, (name, value)))


def test_a_source_names_an_action_an_event_type_or_a_path_in_any_case() -> None:
    index = index_of("create", "ORDER.Shipped", "cart.total", "items.1.price")

    assert [one.series_id for one in index.contributions(bought({"cart": {"total": 1}}))] == [1, 3]
    assert [one.series_id for one in index.contributions(event("a", None, payload={"items": [0, {"price": 2}]}))] == [
        2,
        4,
    ]
    assert not index.contributions(bought({"cart": {"total": None}}, action="READ"))


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b'{"value": 5}', 5),
        (b'{"value": 0.10}', Decimal("0.10")),
        (b'{"value": 12345678901234567.8901}', Decimal("12345678901234567.8901")),
        (b'{"value": 1e2}', Decimal(100)),
        (b'{"value": "5"}', None),
        (b'{"value": true}', None),
        (b'{"value": [5]}', None),
        (b'{"value": 1e999999999}', None),
        (b'{"value": 1%b}' % (b"0" * 2_000), None),
        (b"{}", None),
        (b"null", None),
        (b"7", None),
    ],
)
def test_the_number_of_a_record_found_by_name_is_its_value_to_the_digit(data: bytes, number: Decimal | None) -> None:
    found = only(index_of("create"), bought(data)).number

    assert (found, type(found) is bool) == (number, False)
    assert str(found) == str(number) or found == 100


def test_the_number_at_the_path_goes_first_and_is_not_replaced() -> None:
    index = index_of("create")

    assert only(index, bought({"create": 3, "value": 5})).number == 3
    assert only(index, bought({"create": "three", "value": 5})).number is None


@pytest.mark.parametrize(
    ("said", "customer"),
    [
        ("C-1", "C-1"),
        (17, "17"),
        ("", ""),
        (1.0, "ann"),
        (True, "ann"),
        (None, "ann"),
        ({"id": 1}, "ann"),
    ],
)
def test_the_customer_is_a_text_or_integer_of_the_data_else_the_user(said: object, customer: str) -> None:
    assert only(index_of("create"), bought({"customerId": said})).customer == customer


def test_a_customer_that_no_index_holds_is_known_by_a_digest() -> None:
    customers = {only(index_of("create"), bought({"customerId": said})).customer for said in (LONG, LONG + "c", "a\0b")}

    assert len(customers) == 3
    assert all(customer.startswith("sha256:") for customer in customers)


def test_an_event_is_its_users_and_nobodys_without_one() -> None:
    index = index_of("order.shipped")

    assert only(index, event("a", "u")).customer == "ann"
    assert only(index, event("a", "u", actor_type="api_key", payload={"customerId": 1})).customer == "1"
    assert not index.contributions(event("a", "u", actor_type="api_key"))
    assert not index_of("create").contributions(bought({}, user_id=None))


def test_a_contribution_has_the_records_id_and_event_time_whenever_that_is() -> None:
    year_ms = 365 * 86_400_000
    mine = bought({}, 7, interaction_timestamp=format_ms(START_MS + year_ms))

    assert only(index_of("create"), mine)[2:6] == (
        f"i:{interaction(7).interaction_id}",
        "ann",
        "[]",
        START_MS + year_ms,
    )
    assert only(index_of("create"), bought({}, 7)).event_at == START_MS + 7
    assert only(index_of("order.shipped"), event("a", "u", 5))[2] == f"e:{event_id('a')}"


@pytest.mark.parametrize(
    ("value", "dims"),
    [
        (b'"1"', '["1"]'),
        (b"1", "[1]"),
        (b"1.0", "[1]"),
        (b"1e2", "[100]"),
        (b"-0.0", "[0]"),
        (b"true", "[true]"),
        (b'"\\u00e4\\n"', '["ä\\n"]'),
        (b"null", "[null]"),
        (b"[1]", "[null]"),
        (b'{"a": 1}', "[null]"),
        (b"1e999999999", "[null]"),
    ],
)
def test_equal_values_of_a_dimension_are_one_text(value: bytes, dims: str) -> None:
    index = index_of("create", group_by_dimensions=("tier",))

    assert only(index, bought(b'{"tier": %b}' % value)).dims == dims


def test_dimensions_come_in_the_definitions_order_and_fit_an_index() -> None:
    index = index_of("create", group_by_dimensions=("data.action", "action"))

    assert only(index, bought({"action": "mine"})).dims == '["mine","CREATE"]'
    for long in ("\x01" * 200, "😀" * 200, LONG, int("9" * 18) ** 25):
        dims = only(index, bought(b'{"action": %b}' % msgspec.json.encode(long))).dims
        assert dims.startswith('["sha256:'), long
    assert only(index, bought(b'{"action": "%b"}' % (b"d" * 200))).dims == f'["{"d" * 200}","CREATE"]'


def test_both_filters_have_to_hold_and_unknown_does_not_pass() -> None:
    index = index_of(
        "create",
        filter_conditions={"field": "country", "op": "neq", "value": "DE"},
        sql_filter="total > 10.5 and customer_id = 'ann' and event_time >= timestamptz '2026-01-01T00:00:00Z'",
    )

    assert only(index, bought({"country": "FR", "total": 11})).customer == "ann"
    for data in ({"total": 11}, {"country": "DE", "total": 11}, {"country": "FR", "total": 10.5}, {"country": "FR"}):
        assert not index.contributions(bought(data))


def test_a_record_has_the_attributes_of_its_kind() -> None:
    fields = ("kind", "action", "eventType", "resourceType", "resourceId", "origin", "userId", "actorId", "actorType")
    mine, event_of_mine = bought({}, uow_id="u"), event("a", "u")

    def seen(record: StoredRecord, source: str) -> list[str]:
        return [only(index_of(source, group_by_dimensions=(name,)), record).dims for name in (*fields, "uowId")]

    assert seen(mine, "create") == [
        '["interaction"]',
        '["CREATE"]',
        "[null]",
        '["ORDER"]',
        '["order-1"]',
        '["WEBAPP"]',
        '["ann"]',
        "[null]",
        "[null]",
        '["u"]',
    ]
    assert seen(event_of_mine, "order.shipped") == [
        '["event"]',
        "[null]",
        '["order.shipped"]',
        '["order"]',
        '["order-1"]',
        "[null]",
        "[null]",
        '["ann"]',
        '["user"]',
        '["u"]',
    ]


@pytest.mark.parametrize("timestamp_ms", [-(2**63), -1, 2**63 - 1])
def test_an_accept_time_that_is_none_harms_nobody(timestamp_ms: int) -> None:
    index = index_of("order.shipped", sql_filter="created_date <> timestamptz '2026-01-01T00:00:00Z'")

    assert only(index, changed(event("a", "u"), timestamp_ms=timestamp_ms)).customer == "ann"


def test_data_that_is_no_json_feeds_by_name_alone() -> None:
    index = index_of("order.shipped", "data", "data_base64", "data.0")
    text = with_header(event("a", "u", payload="x"), "content-type", b"text/plain")

    assert [one.series_id for one in index.contributions(text)] == [1]
    assert [one.series_id for one in index.contributions(changed(text, value=base64.b64encode(b"x")))] == [1]
    for broken in (b'{"data": "\xff"}', b'{"data": "\\ud800"}', b'{"data": 1', b'{"data": ' + b"[" * 5_000, None):
        assert [one.series_id for one in index.contributions(changed(event("a", "u"), value=broken))] == [1]
    assert [one.series_id for one in index.contributions(event("a", "u", payload=[5]))] == [1, 2, 4]


def test_what_only_admins_may_read_of_an_event_feeds_nothing() -> None:
    index = index_of("user.created", "email", group_by_dimensions=("email",))
    told = event("a", "u", type="user.created", payload={"email": "ann@example.com", "customerId": "eve"})
    ours = with_header(told, "ce_source", b"waymark/default/accounts")

    assert len(index.contributions(told)) == 2
    assert [(one.series_id, one.customer, one.dims) for one in index.contributions(ours)] == [(1, "ann", "[null]")]


def test_arrays_and_members_of_any_name_are_looked_into() -> None:
    assert only(index_of("0.price"), bought([{"price": 2.5}])).number == Decimal("2.5")
    assert only(index_of('"\\'), bought({'"\\': 4})).number == 4
    assert only(index_of("ä"), bought(b'{"\\u00e4": 4}')).number == 4


def test_voids_and_other_tenants_feed_nothing() -> None:
    index = index_of("create")

    assert not index.contributions(voided(3))
    assert not index_of("create", tenant_id="acme").contributions(bought({}))
    assert not SeriesIndex().contributions(bought({}))


def test_headers_are_read_alike_whether_packed_or_not() -> None:
    index = index_of("create")
    bait = ("x", b"\xabce_tenantid\xc4\x07default")
    mine, other = bought({}), recorded(interaction(1, "acme", user_id="ann"), "acme")
    baited = [changed(record, stored_headers=(bait, *record.headers)) for record in (mine, other)]

    for record in (mine, other, *baited):
        packed = changed(record, stored_headers=pack_headers(record.headers))
        assert index.contributions(packed) == index.contributions(record)
    assert not index.contributions(baited[1])
    assert not index.contributions(changed(mine, stored_headers=pack_headers((("x", bait[1][:-8]),))))


def test_a_record_that_no_model_could_take_is_refused_where_it_is_of_concern() -> None:
    unnamed = changed(event("a", "u", id="no uuid"))

    with pytest.raises(InvalidRecord, match="UUID"):
        index_of("order.shipped").contributions(unnamed)
    assert not index_of("order.paid").contributions(unnamed)
    assert not SeriesIndex().contributions(changed(unnamed, stored_headers=()))


def test_an_index_takes_over_what_the_one_before_has_compiled() -> None:
    source = SeriesSource(source_field="create")
    before = SeriesIndex([IndexedSeries("default", 1, source)])

    after = SeriesIndex([IndexedSeries("default", 1, source), IndexedSeries("default", 2, source)], before)
    assert [one.series_id for one in after.contributions(bought({}))] == [1, 2]
    assert not SeriesIndex((), after).contributions(bought({}))
