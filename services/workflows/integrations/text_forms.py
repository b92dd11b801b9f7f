"""A text as it reads without percent-encoding and the escapes of JSON, and where its parts came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

Span = tuple[int, int]
"""Where a part of a text begins, and ends."""

_JSON: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[\"\\/bfnrt]"
)
_PERCENT: Final = re.compile(r"%[0-7][0-9a-fA-F]|(?:%[89a-fA-F][0-9a-fA-F])+")
_PERCENT_OF_FORMS: Final = re.compile(rf"\+|{_PERCENT.pattern}")
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LEVELS: Final = 2
"""JSON within JSON is decoded too."""


class _Replaced(NamedTuple):
    """A part that was decoded: its place in the decoded text, and in the text before."""

    at: int
    end: int
    from_at: int
    from_end: int


@dataclass(frozen=True, slots=True)
class Form:
    """A decoded text; `before` is what it was decoded from, None for the original."""

    text: str
    before: Form | None = None
    replaced: Sequence[_Replaced] = ()

    def origin(self, at: int, end: int) -> Span:
        """Return the span of the original text that a span of this one was decoded from."""
        if self.before is None:
            return at, end
        return self.before.origin(self._origin_of(at)[0], self._origin_of(end - 1)[1])

    def _origin_of(self, place: int) -> Span:
        """Return the span before the decoding of the character at `place`."""
        number = bisect_right(self.replaced, place, key=lambda one: one.at) - 1
        if number < 0:
            return place, place + 1
        one = self.replaced[number]
        if place < one.end:
            return one.from_at, one.from_end
        moved = place + one.from_end - one.end
        return moved, moved + 1


def forms_of(text: str) -> Iterator[Form]:
    """Yield `text`, then with escapes decoded once and twice; each also percent-decoded, and with `+` as a blank."""
    form = Form(text)
    for level in range(_LEVELS + 1):
        yield form
        if "%" in form.text:
            yield _decoded(form, _PERCENT, _percent)
        if "+" in form.text:
            yield _decoded(form, _PERCENT_OF_FORMS, _percent)
        if level == _LEVELS or "\\" not in form.text:
            return
        form = _decoded(form, _JSON, _json)


def _decoded(form: Form, pattern: re.Pattern[str], decode: Callable[[str], str]) -> Form:
    parts: list[str] = []
    replaced: list[_Replaced] = []
    done = place = 0
    for match in pattern.finditer(form.text):
        plain, decoded = form.text[done : match.start()], decode(match[0])
        place += len(plain)
        replaced.append(_Replaced(place, place + len(decoded), match.start(), match.end()))
        place += len(decoded)
        parts += (plain, decoded)
        done = match.end()
    return Form("".join((*parts, form.text[done:])), form, replaced)


def _json(escape: str) -> str:
    if escape[1] != "u":
        return _SHORT.get(escape[1], escape[1])
    return bytes.fromhex(escape.replace("\\u", "")).decode("utf-16-be", "replace")


def _percent(escape: str) -> str:
    if escape == "+":
        return " "
    return bytes.fromhex(escape.replace("%", "")).decode("utf-8", "replace")
