"""Values of every kind as producers send them, and whether the door must take or refuse them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from libs.contracts.times import EARLIEST, END, LATEST, from_ms, to_ms

MUST, MUST_NOT, MAY = "must be taken", "must be refused", "may be refused"
DAY_MS = 86_400_000
EDGES_MS = (
    to_ms(EARLIEST),
    to_ms(LATEST),
    0,
    -1,
    # Where minutes and seconds since 1970 leave 32 bits, on either side.
    60_000 * 2**31,
    -1000 * 2**31,
    1000 * 2**31,
    to_ms(EARLIEST) + DAY_MS,
    to_ms(LATEST) + 1 - DAY_MS,
    to_ms(datetime(1000, 1, 1, tzinfo=EARLIEST.tzinfo)),
)


class Value(NamedTuple):
    """A JSON text, and what the door must do with it."""

    raw: str
    verdict: str


class Time(NamedTuple):
    """A time as it is sent, the instant it means (None when it is none that is accepted)."""

    text: str
    instant_ms: int | None


def worst(*values: Value | None) -> str:
    """What the door must do with something that holds all of these."""
    verdicts = {value.verdict for value in values if value is not None}
    return next((verdict for verdict in (MUST_NOT, MAY) if verdict in verdicts), MUST)


def instants() -> st.SearchStrategy[int]:
    """Accepted times in milliseconds, over the whole range and around its edges."""
    near = st.tuples(st.sampled_from(EDGES_MS), st.sampled_from((0, 0, 1, -1, 999, -1000, 60_000, -900_000, 3_600_000)))
    around = near.map(lambda pair: min(max(sum(pair), to_ms(EARLIEST)), to_ms(LATEST)))
    return st.one_of(around, around, st.integers(to_ms(EARLIEST), to_ms(LATEST)))


@st.composite
def times(draw: st.DrawFn) -> Time:
    """Times with any offset; at either end an offset leads out of what is accepted."""
    instant_ms = draw(instants())
    minutes = draw(st.sampled_from((0, 0, 0, 60, -60, 330, 1439, -1439)))
    local_ms = draw(st.sampled_from((instant_ms, instant_ms + minutes * 60_000)))
    if not to_ms(EARLIEST) <= local_ms <= to_ms(LATEST):
        local_ms = instant_ms
    local = from_ms(local_ms).replace(tzinfo=None).isoformat(timespec="milliseconds")
    digits = draw(st.sampled_from(("", "0", "999", "000001")))
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    text = f"{local}{digits}{offset if minutes else draw(st.sampled_from(('Z', 'z', '+00:00', '')))}"
    meant_ms = local_ms - minutes * 60_000
    return Time(text, meant_ms if to_ms(EARLIEST) <= meant_ms <= to_ms(LATEST) else None)


@st.composite
def numbers(draw: st.DrawFn) -> Value:
    """Numbers of any length and exponent."""
    if draw(st.booleans()):
        whole = draw(
            st.one_of(st.integers(-1000, 1000), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**70), 2**70))
        )
        return Value(str(whole), MUST if -(2**63) <= whole < 2**63 else MUST_NOT)
    digits = st.integers(0, 10**18).map(str)
    ones = st.sampled_from((1, 17, 300, 320, 998, 1_200, 17_000)).map(lambda count: "0" * (count - 1) + "1")
    fraction = draw(st.one_of(digits, digits, ones))
    exponents = st.one_of(
        st.integers(-30, 30),
        st.integers(-200, 200),
        st.sampled_from((-20_000, -1_000, -330, -308, 290, 308, 400, 20_000)),
    )
    exponent = draw(st.one_of(st.none(), exponents))
    mark = "" if exponent is None else f"{draw(st.sampled_from('eE'))}{exponent}"
    raw = f"{draw(st.sampled_from(('', '-')))}{draw(st.integers(0, 10**6))}.{fraction}{mark}"
    return Value(raw, _verdict(raw))


def _verdict(raw: str) -> str:
    exact = Decimal(raw)
    magnitude = exact.adjusted() if exact else 0
    if exact and not -330 < magnitude < 309:
        return MUST_NOT
    short = len(raw) <= 100 and -300 < magnitude < 300 and int(exact.as_tuple().exponent) > -400
    return MUST if short else MAY


def texts() -> st.SearchStrategy[Value]:
    """Texts of every kind, those that no database can hold among them."""
    plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
    any_ = st.text(st.characters(), min_size=1, max_size=6)
    long = st.integers(300, 1_000).map(lambda count: "é" * count)
    odd = st.sampled_from(
        ("\0", "a\0b", "\ud800", "\udc00\ud800", "\uffff", "\u2028", "😀", "'; --", "\\", "%_", "\x01")
    )
    return st.one_of(plain, plain, plain, any_, long, odd).map(_text)


def _text(text: str) -> Value:
    held = "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)
    return Value(json.dumps(text), MUST if held else MUST_NOT)


def after(ms: int) -> datetime:
    """The exclusive end of a range whose last millisecond is `ms`."""
    return END if ms >= to_ms(LATEST) else from_ms(ms) + timedelta(milliseconds=1)
