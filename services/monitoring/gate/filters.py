"""Filters of definitions, compiled: what a property's text has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from services.monitoring.definitions.model import Operator, PropertyFilter

Fits = Callable[[str], bool]
EQUALS: Final = "EQUALS"


def compiled(one: PropertyFilter) -> Fits:
    """Return the test of a filter: EQUALS and NOTEQUALS regard case, the other operators do not."""
    return _TESTS[one.operator](one.value)


@lru_cache(maxsize=8)
def _folded(text: str) -> str:
    """Return the text for comparing whatever its case; many filters look at one text, which may be long."""
    return text.casefold()


def _equals(value: str) -> Fits:
    return lambda text: text == value


def _differs(value: str) -> Fits:
    return lambda text: text != value


def _contains(value: str) -> Fits:
    part = value.casefold()
    return lambda text: part in _folded(text)


def _lacks(value: str) -> Fits:
    part = value.casefold()
    return lambda text: part not in _folded(text)


def _starts(value: str) -> Fits:
    start = value.casefold()
    return lambda text: _folded(text).startswith(start)


def _ends(value: str) -> Fits:
    end = value.casefold()
    return lambda text: _folded(text).endswith(end)


_TESTS: Mapping[Operator, Callable[[str], Fits]] = {
    EQUALS: _equals,
    "NOTEQUALS": _differs,
    "CONTAINS": _contains,
    "NOTCONTAINS": _lacks,
    "STARTSWITH": _starts,
    "ENDSWITH": _ends,
}
