"""Record headers as one byte string, for tables that keep records."""

from __future__ import annotations

import msgspec

from libs.contracts.envelope import Headers

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Headers)


def pack_headers(headers: Headers) -> bytes:
    """Return the headers, order and repetitions kept. Raises UnicodeEncodeError for a name that is not text."""
    return _encoder.encode(headers)


def unpack_headers(packed: bytes) -> Headers:
    """Return the headers of `pack_headers`."""
    return _decoder.decode(packed)
