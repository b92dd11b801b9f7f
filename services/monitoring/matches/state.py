"""The state of a key as a database keeps it: MessagePack, arrays in the place of names."""

from __future__ import annotations

import msgspec

from services.monitoring.matches.matcher import KeyState

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(KeyState)


def pack(state: KeyState) -> bytes:
    """Return the state packed."""
    return _encoder.encode(state)


def unpack(packed: bytes) -> KeyState:
    """Return the state that was packed."""
    return _decoder.decode(packed)
