"""Formatted texts: `Hi {input.name}, {tasks.Price.output.total|json} {{in braces}}`."""

from __future__ import annotations

import re
from typing import Final

from services.workflows.values.nodes import FILTERS, Formatted, Slot
from services.workflows.values.paths import BadPath, read_path

_TEXT: Final = re.compile(r"(?:[^{}]|\{\{|\}\})+")
_FILTER: Final = re.compile(r"\|([a-z]+)")


class BadFormat(ValueError):
    """A text that is no formatted text; the message says why, and at which character, from 1."""


def parse_formatted(text: str) -> Formatted:
    """Return the formatted text that `text` is. Raises BadFormat."""
    parts: list[str | Slot] = []
    at = 0
    while at < len(text):
        plain = _TEXT.match(text, at)
        if plain is not None:
            parts.append(plain.group().replace("{{", "{").replace("}}", "}"))
            at = plain.end()
        elif text[at] == "}":
            raise BadFormat(f"a single }} at character {at + 1}; }}}} is one in the text")
        else:
            slot, at = _read_slot(text, at + 1)
            parts.append(slot)
    return Formatted(tuple(parts))


def _read_slot(text: str, start: int) -> tuple[Slot, int]:
    try:
        path, end = read_path(text, start)
    except BadPath as bad:
        raise BadFormat(f"{bad}, at character {start + 1}; {{{{ is a brace in the text") from None
    found = _FILTER.match(text, end)
    name = None
    if found is not None:
        name, end = found.group(1), found.end()
        if name not in FILTERS:
            raise BadFormat(f"there is no filter {name!r}; the filters are {', '.join(FILTERS)}")
    if text[end : end + 1] != "}":
        raise BadFormat(f"a slot is {{path}} or {{path|filter}}, and does not go on at character {end + 1}")
    return Slot(path, name), end + 1
