"""The wire shape of `waymark.key-uses.v1`: when API keys were last used, told by the services that accepted them.

The topic is compacted, so the latest use of each key is all there is. Nothing is decided by it.
"""

from __future__ import annotations

import msgspec

from libs.contracts.envelope import Headers
from libs.contracts.latest import encode_latest
from libs.contracts.values import decode_value

USED = "waymark.api_key.used.v1"
_KIND = "key_use"


class KeyUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag=_KIND):
    """The last use of an API key, recorded at most once a minute for each key; `version` is its time."""

    tenant_id: str
    id: str
    version: int
    last_used_at_ms: int


_decoder: msgspec.json.Decoder[KeyUse] = msgspec.json.Decoder(KeyUse)


def is_key_use(key: str) -> bool:
    """Return whether a record of this key is a key use; earlier releases wrote them to `waymark.credentials.v1`."""
    return key.startswith(f"{_KIND}:")


def encode_key_use(use: KeyUse) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a key use."""
    return encode_latest(use, _KIND, record_type=USED, source="key-uses", timestamp_ms=use.last_used_at_ms)


def decode_key_use(value: bytes) -> KeyUse:
    """Return the key use of a value; InvalidRecord says what is wrong with it."""
    return decode_value(_decoder.decode, value)
