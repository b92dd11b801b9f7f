"""Values of records that cannot be read are the record's fault, and nobody else's."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.values import decode_value

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b'{"a": "\xff"}', b"[]", b'{"a": %s%s}' % (b"[" * 9_999, b"]" * 9_999)]
)
def test_it_is_an_invalid_record(value: bytes | None) -> None:
    with pytest.raises(InvalidRecord):
        decode_value(_decode, value)
