"""Refuses JSON that a database, or the next reader, could not hold: NUL, lone surrogates, NaN, numbers beyond
int64 or double, or written too long, nesting beyond the limit.

`check_json` first tries to prove a body harmless by a few scans in C; only what it cannot clear is walked, to name
the path. It also holds for members hidden by a duplicate key, since bodies may be passed on as they were sent.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from array import array
from itertools import accumulate
from typing import Any, Final

import orjson

from libs.httpkit.errors import ApiError, Loc, MalformedBody, Unprocessable, Violation
from libs.httpkit.validation import json_type

MAX_DEPTH: Final = 32
MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1
MAX_NUMBER_CHARACTERS: Final = 1_000
MAX_EXPONENT: Final = 999
"""PostgreSQL compares numbers exactly that have up to 16,383 digits after the point: within both none comes near."""

NUMBERS: Final = (
    "Integers are of 64 bits; other numbers are neither too large nor too small for a double, and have at most"
    f" {MAX_NUMBER_CHARACTERS:,} characters and an exponent up to {MAX_EXPONENT}."
)
"""The accepted numbers, in words for documents."""

_KINDS = bytes(
    ord("0") if byte in b"0123456789"
    else ord("e") if byte in b"eE"
    else ord("-") if byte in b".-"
    else ord(":") if byte in b" \t\r\n:,["
    else ord("x")
    for byte in range(256)
)  # fmt: skip
_RISKY_DIGITS = (b"0" * 19, b"0e000", b"0e-000")
_RISKY_LENGTH = 19
_PLAIN_TYPES = frozenset((int, float, bool, type(None)))
_LOOK_BACK_BYTES = 64
_LOOK_BACKS = 512
_BAD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_NO_QUOTES_NOR_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS = bytes.maketrans(b"[]{}", b"\x01\xff\x01\xff")
"""An opening bracket is a step down, a closing one -1 as a signed byte."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_NONZERO = re.compile("[1-9]")


def check_json(raw: bytes, *, max_depth: int = MAX_DEPTH, loc: Loc = ("body",)) -> None:
    """Raise 422 unless `raw`, if it is JSON at all, holds only values that may be kept; the caller judges the syntax.

    Raises 422 naming the path of the first offence, or 400 when it came to look closely and found no JSON.
    """
    if not _is_harmless(raw, max_depth):
        _walk(_parse(raw, loc), loc, max_depth)


def load_object(raw: bytes) -> dict[str, Any]:
    """Return the object of a body that a decoder refused: 400 when it is no JSON, 422 when it is another value."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as malformed:
        raise MalformedBody(f"not valid JSON: {malformed}") from None
    if not isinstance(value, dict):
        raise Unprocessable(Violation(("body",), f"a JSON object is expected, not {json_type(value)}", "type_error"))
    return value


def refusal_of_number(text: str) -> str | None:
    """Return why a number with a point or an exponent cannot be kept; None when it can."""
    mantissa, _, exponent = text.lower().partition("e")
    value = float(text)
    if not math.isfinite(value):
        return "the number is beyond a double"
    if value == 0 and _NONZERO.search(mantissa):
        return "the number is too small for a double"
    if len(text) > MAX_NUMBER_CHARACTERS:
        return f"a number of at most {MAX_NUMBER_CHARACTERS} characters is expected"
    if len(exponent.lstrip("+-0")) > len(str(MAX_EXPONENT)):
        return f"an exponent of at most {MAX_EXPONENT} is expected"
    return None


def without_bom(body: bytes) -> bytes:
    """Return a JSON text without the byte order mark that RFC 8259 lets a reader ignore."""
    return body.removeprefix(codecs.BOM_UTF8)


def is_surely_shallow(raw: bytes, max_depth: int = MAX_DEPTH) -> bool:
    """Return whether there are too few brackets to nest deeper than `max_depth`."""
    return raw.count(b"{") + raw.count(b"[") <= max_depth


def holds_only_plain_values(raw: bytes) -> bool:
    """Return whether nothing but its depth can make `check_json` refuse this text, or a line of it.

    False proves nothing.
    """
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            return False
    if b"\\u" in raw and _BAD_ESCAPE.search(raw):
        return False
    return not (b"NaN" in raw or b"Infinity" in raw or _has_risky_number(raw))


def _is_harmless(raw: bytes, max_depth: int) -> bool:
    return holds_only_plain_values(raw) and (is_surely_shallow(raw, max_depth) or _is_shallow(raw, max_depth))


def _has_risky_number(raw: bytes) -> bool:
    """Return whether a number may have 19 digits in a row or an exponent of three: only such ones can be refused.

    Digits behind a quote or a letter belong to a text; those behind white space, colon, comma or bracket may not.
    """
    kinds = raw.translate(_KINDS, b"+")
    looks = 0
    for risky in _RISKY_DIGITS:
        at = kinds.find(risky)
        while at >= 0:
            before = kinds[max(0, at - _LOOK_BACK_BYTES) : at].rstrip(b"0-")
            looks += 1
            if not before or before.endswith(b":") or looks > _LOOK_BACKS:
                return True
            at = kinds.find(risky, at + 1)
    return False


def _is_shallow(raw: bytes, max_depth: int) -> bool:
    """Return whether the brackets outside strings nest at most `max_depth` deep, if `raw` is JSON.

    All of it is done in C, in a time that grows with the length alone: whoever sends a body may choose the worst one.
    """
    without_escapes = raw.replace(rb"\\", b"").replace(rb"\"", b"")
    marks = without_escapes.translate(_STEPS, _NO_QUOTES_NOR_BRACKETS).replace(b'""', b"")
    outside_strings = b"".join(marks.split(b'"')[::2])
    return max(accumulate(array("b", outside_strings)), default=0) <= max_depth


class _Members(list[tuple[str, Any]]):
    """An object with all its members, those hidden by a later duplicate too."""


class _Offence(str):
    """Stands for a number that cannot be kept; its text says why."""

    __slots__ = ()


def _parse(raw: bytes, loc: Loc) -> Any:
    try:
        return json.loads(
            raw.decode(),
            object_pairs_hook=_Members,
            parse_int=_integer,
            parse_float=_double,
            parse_constant=lambda _: _Offence("NaN and Infinity are not JSON"),
        )
    except UnicodeDecodeError as error:
        raise _not_utf8(raw, error, loc) from None
    except json.JSONDecodeError as error:
        raise MalformedBody(f"not valid JSON: {error.msg} at character {error.pos}", loc=loc) from None
    except RecursionError:
        raise _too_deep(loc) from None


def _integer(text: str) -> int | _Offence:
    if len(text) < _RISKY_LENGTH or (len(text) <= 20 and MIN_INTEGER <= int(text) <= MAX_INTEGER):
        return 0
    return _Offence("the integer is beyond 64 bits")


def _double(text: str) -> float | _Offence:
    refusal = refusal_of_number(text)
    return 0.0 if refusal is None else _Offence(refusal)


def _walk(value: Any, loc: Loc, depth_left: int) -> None:
    if isinstance(value, _Offence):
        raise Unprocessable(Violation(loc, str(value), "number_out_of_range"))
    if isinstance(value, str):
        _check_text(value, loc)
    elif isinstance(value, list):
        if depth_left == 0:
            raise _too_deep(loc)
        members = value if isinstance(value, _Members) else enumerate(value)
        for key, member in members:
            if isinstance(key, str):
                _check_text(key, (*loc, _printable(key)))
            if type(member) not in _PLAIN_TYPES:
                _walk(member, (*loc, key), depth_left - 1)


def _check_text(text: str, loc: Loc) -> None:
    if "\x00" in text:
        raise Unprocessable(Violation(loc, "the text holds \\u0000", "string_nul"))
    if _SURROGATE.search(text):
        raise Unprocessable(Violation(loc, "the text holds a lone surrogate", "string_unicode"))


def _printable(key: str) -> str:
    return _SURROGATE.sub("\ufffd", key).replace("\x00", "\ufffd")


def _too_deep(loc: Loc) -> ApiError:
    return Unprocessable(Violation(loc, "the JSON is nested too deep", "json_depth"))


def _not_utf8(raw: bytes, error: UnicodeDecodeError, loc: Loc) -> ApiError:
    """Decode bytes that are no UTF-8 to surrogates, so that the walk can name their place."""
    text = f"byte {error.start} is not UTF-8"
    try:
        value = json.loads(raw.decode(errors="surrogateescape"), object_pairs_hook=_Members)
        _walk(value, loc, MAX_DEPTH)
    except ApiError as refused:
        return Unprocessable(Violation(refused.violations[0].loc, text, "string_unicode"))
    except (ValueError, RecursionError):
        return MalformedBody(text, loc=loc, kind="string_unicode")
    return MalformedBody(text, loc=loc, kind="string_unicode")
