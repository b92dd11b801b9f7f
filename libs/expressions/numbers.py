"""Numbers: exact decimals of a bounded length, from text and back."""

from __future__ import annotations

import re
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow
from typing import Final

BLANKS: Final = " \t\n\r\f\v"
"""The characters around a text that a cast passes over."""
MAX_CHARACTERS: Final = 1_000
MAX_EXPONENT: Final = 999
"""A record's numbers are within both as well."""
EXACT: Final = Context(
    prec=4_000, Emax=9_999, Emin=-9_999, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow, Underflow]
)
"""Raises where a result takes more than 4,000 digits; a sum of any two numbers of records takes fewer."""
_MAX_BITS: Final = 3_321
"""An integer of so many bits has at most 1,000 digits."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?0*([0-9]+))?")


def parse_number(text: str) -> Decimal | None:
    """Return the number that a text says, blanks around it aside; None where it says none, or one out of bounds."""
    text = text.strip(BLANKS)
    match = _NUMBER.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if match is None or len(match[1] or "") > len(str(MAX_EXPONENT)):
        return None
    return Decimal(text)


def exact(number: int | float) -> int | Decimal:
    """Return the number; of a float the decimal that its shortest text says."""
    return Decimal(repr(number)) if isinstance(number, float) else number


def is_within_bounds(number: int | Decimal) -> bool:
    """Return whether a literal may be this number. NaN and infinities are out of bounds."""
    if isinstance(number, int):
        return number.bit_length() <= _MAX_BITS
    return number.is_finite() and abs(number.adjusted()) <= MAX_EXPONENT and len(str(number)) <= MAX_CHARACTERS


def format_number(number: int | Decimal) -> str:
    """Return the number in plain notation, without zeros at the end of a fraction: equal numbers are equal texts."""
    if isinstance(number, int):
        return str(number)
    if not number:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
