"""Values of records: JSON of one shape, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from libs.contracts.errors import InvalidRecord

B = TypeVar("B")


def decode_value(decode: Callable[[bytes], B], value: bytes | None) -> B:
    """Return the body that `decode` finds in a record's value. Raises InvalidRecord."""
    if value is None:
        raise InvalidRecord("the record has no value")
    try:
        return decode(value)
    except RecursionError:
        raise InvalidRecord("value: nested too deep to be read") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRecord(f"value: {error}") from None
