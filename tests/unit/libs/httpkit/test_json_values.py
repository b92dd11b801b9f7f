"""JSON that cannot be kept is refused with its path; everything else passes, however odd it looks."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.httpkit.errors import ApiError, MalformedBody, Unprocessable
from libs.httpkit.json_values import check_json, holds_only_plain_values, is_surely_shallow
from tests.support.growth import growth

GOOD_STRINGS = [
    b'""',
    b'"plain"',
    b'"NaN"',
    b'"Infinity and, 1e999 and :123456789012345678901234"',
    b'"550e8400-e29b-41d4-a716-446655440000"',
    b'"5e123456-1234-5678-1234-567812345678"',
    b'"123456789012345678901234567890"',
    b'"\\\\u0000"',
    b'"\\ud83d\\ude00"',
    b'"\\u00e9\\n\\""',
    b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
    b'"]}]}\\\\"',
    '"é 日本 😀"'.encode(),
]
BAD_STRINGS = [
    b'"\\u0000"',
    b'"a\\u0000b"',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\\\\\ud83d"',
    b'"\\uD83dx"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\xc3"',
]
GOOD_NUMBERS = [
    b"0",
    b"-0",
    b"1e99",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"0.12345678901234567890123",
    b"123456789012345678901.5",
    b"1.7976931348623157e308",
    b"5e-324",
    b"-0.0",
    b"0e-99",
    b"0e999",
    b"0.000e-999",
    b"0." + b"1" * 998,
    b"0." + b"0" * 320 + b"1",
    b"1" * 300 + b".0",
    b"1" * 300 + b"e-300",
    b"1E+0000000000000001",
]
BAD_NUMBERS = [
    b"9223372036854775808",
    b"-9223372036854775809",
    b"18446744073709551615",
    b"1" * 400,
    b"1" * 5000,
    b"1" * 400 + b".5",
    b"1e400",
    b"-1E+400",
    b"1.5e0000400",
    b"1e-400",
    b"-1.5E-0400",
    b"1e-20000",
    b"0e-1000",
    b"0e-20000",
    b"0E+99999999999",
    b"0." + b"0" * 330 + b"1",
    b"0." + b"1" * 999,
    b"0." + b"1" * 17_000,
    b"1" * 300 + b"." + b"0" * 700,
    b"NaN",
    b"Infinity",
    b"-Infinity",
]


@dataclass(frozen=True)
class Json:
    """A document, whether something in it cannot be kept, and its depth."""

    raw: bytes
    bad: bool
    depth: int = 0


def _leaves() -> st.SearchStrategy[Json]:
    good = st.sampled_from(GOOD_STRINGS + GOOD_NUMBERS + [b"true", b"null"]).map(lambda raw: Json(raw, False))
    bad = st.sampled_from(BAD_STRINGS + BAD_NUMBERS).map(lambda raw: Json(raw, True))
    return st.one_of(good, good, good, good, bad)


def _containers(children: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    gap = st.sampled_from([b"", b" ", b"\n\t"])
    keys = st.sampled_from([(raw, False) for raw in GOOD_STRINGS] * 3 + [(raw, True) for raw in BAD_STRINGS])

    def array(items: list[Json], space: bytes) -> Json:
        raw = b"[" + space + (space + b"," + space).join(item.raw for item in items) + space + b"]"
        return Json(raw, any(i.bad for i in items), 1 + max((i.depth for i in items), default=0))

    def thing(members: list[tuple[tuple[bytes, bool], Json]], space: bytes) -> Json:
        raw = b"{" + b",".join(key + space + b":" + space + item.raw for (key, _), item in members) + b"}"
        bad = any(key_bad or item.bad for (_, key_bad), item in members)
        return Json(raw, bad, 1 + max((item.depth for _, item in members), default=0))

    def deep(item: Json, levels: int) -> Json:
        return Json(b"[" * levels + item.raw + b"]" * levels, item.bad, item.depth + levels)

    return st.one_of(
        st.builds(array, st.lists(children, max_size=4), gap),
        st.builds(thing, st.lists(st.tuples(keys, children), max_size=4), gap),
        st.builds(deep, children, st.integers(1, 36)),
    )


@settings(max_examples=1500, deadline=None)
@given(st.recursive(_leaves(), _containers, max_leaves=12))
def test_exactly_what_cannot_be_kept_is_refused(document: Json) -> None:
    if document.bad or document.depth > 32:
        with pytest.raises(ApiError):
            check_json(document.raw)
    else:
        check_json(document.raw)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.recursive(_leaves(), _containers, max_leaves=4), max_size=5))
def test_texts_found_plain_together_have_no_bad_value_each(documents: list[Json]) -> None:
    together = b"\n".join(document.raw for document in documents)
    if holds_only_plain_values(together):
        assert not any(document.bad for document in documents)
    for document in documents:
        assert not (is_surely_shallow(document.raw) and document.depth > 32)


def test_usual_lines_are_found_plain_together() -> None:
    line = '{"resourceId":"order-1","interaction":{"total":149.99,"text":"é 😀 \\n"},"at":1700000000123}'.encode()
    assert holds_only_plain_values(b"\n".join([line] * 200))


@pytest.mark.parametrize(
    ("raw", "field", "kind"),
    [
        (b'{"a":[1,{"b":"\\u0000"}]}', "a[1].b", "string_nul"),
        (b'{"a":{"b\\u0000":1}}', "a.b\ufffd", "string_nul"),
        (b'{"a":"\\ud800"}', "a", "string_unicode"),
        (b'{"a":["x","\xff"]}', "a[1]", "string_unicode"),
        (b'{"n":9223372036854775808}', "n", "number_out_of_range"),
        (b'{"n":[1e400]}', "n[0]", "number_out_of_range"),
        (b'{"n":{"m":1e-400}}', "n.m", "number_out_of_range"),
        (b'{"n":[0,0.' + b"3" * 17_000 + b"]}", "n[1]", "number_out_of_range"),
        (b'{"n":NaN}', "n", "number_out_of_range"),
        (b'{"a":"\\u0000","a":1}', "a", "string_nul"),
    ],
)
def test_the_place_is_named(raw: bytes, field: str, kind: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        check_json(raw)
    assert (caught.value.violations[0].field, caught.value.violations[0].type) == (field, kind)


def test_depth_32_passes_and_33_does_not() -> None:
    check_json(b"[" * 32 + b"]" * 32)
    with pytest.raises(Unprocessable) as caught:
        check_json(b"[" * 33 + b"]" * 33)
    assert caught.value.violations[0].type == "json_depth"


def test_absurd_depth_is_refused_too() -> None:
    with pytest.raises(Unprocessable):
        check_json(b"[" * 200_000 + b"]" * 200_000)


def test_brackets_in_strings_do_not_hide_depth() -> None:
    raw = b'["]",' * 40 + b"1" + b',"["]' * 40
    with pytest.raises(Unprocessable):
        check_json(raw)


@pytest.mark.parametrize("text", [b'"["', b'"\\"]"', b'"\\\\"', b'"\\\\\\"]"', b'""', b'"]\\\\","["'])
def test_brackets_are_counted_outside_texts_however_these_end(text: bytes) -> None:
    check_json(b"[" * 32 + text + b"]" * 32)
    with pytest.raises(Unprocessable):
        check_json(b"[" + text + b"," + b"[" * 32 + text + b"]" * 33)


def test_many_shallow_items_pass() -> None:
    check_json(b"[" + b",".join([b'{"a":[{"b":[1,2]}],"s":"[[[{"}'] * 1000) + b"]")


@pytest.mark.parametrize("raw", [b'{"a":\\u0000', b'{"a":9999999999999999999', b"\xff\xfe", b'["\\ud800", oops]'])
def test_what_is_no_json_and_suspicious_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedBody):
        check_json(raw)


def test_emoji_escaped_as_pairs_pass_in_any_number() -> None:
    emoji = "".join(chr(random.Random(7).randrange(0x1F300, 0x1F600)) for _ in range(50))
    pairs = emoji.encode("utf-16-be").hex()
    check_json(b'"' + "".join(f"\\u{pairs[i : i + 4]}" for i in range(0, len(pairs), 4)).encode() + b'"')


@pytest.mark.parametrize("end", [b"", b"\\", b'"'])
def test_a_text_that_does_not_end_is_looked_through_once(end: bytes) -> None:
    def look(size: int) -> None:
        with contextlib.suppress(ApiError):
            check_json(b"[" * 33 + b'"' + b'\\"' * size + end)

    assert growth(look, 2_000) < 8
