"""Fields that request bodies of several families have in common."""

from __future__ import annotations

from typing import Any, Final

from pydantic import AfterValidator, BeforeValidator

from libs.contracts.texts import is_printable


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _printable(text: str) -> str:
    if not text.strip() or not is_printable(text):
        raise ValueError("printable characters are expected, not blanks alone")
    return text


WHOLE: Final = BeforeValidator(_whole)
"""Reads `100.0` as the whole number that it is, for a strict int."""
PRINTABLE: Final = AfterValidator(_printable)
"""Refuses a text that is blank, or has a control character or a separator of lines."""
