"""The wire shape of `waymark.key-uses.v1`: when API keys were last used, told by the services that accepted them.

The topic is compacted, so the latest use of each key is all there is. Nothing is decided by it.
"""

from __future__ import annotations

import msgspec

from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.times import format_ms
from libs.contracts.topics import object_key

USED = "waymark.api_key.used.v1"
_KIND = "key_use"


class KeyUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag=_KIND):
    """When an API key was last used, at most once a minute and key; `version` is that time."""

    tenant_id: str
    id: str
    version: int
    last_used_at_ms: int


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[KeyUse] = msgspec.json.Decoder(KeyUse)


def is_key_use(key: str) -> bool:
    """Return whether a record of this key is a key use; earlier releases wrote them to `waymark.credentials.v1`."""
    return key.startswith(f"{_KIND}:")


def encode_key_use(use: KeyUse) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a key use."""
    key = object_key(_KIND, use.tenant_id, use.id)
    envelope = Envelope(
        id=f"{key}:{use.version}",
        source=f"waymark/{use.tenant_id}/key-uses",
        type=USED,
        time=format_ms(use.last_used_at_ms),
        tenant_id=use.tenant_id,
        subject=use.id,
        resource_type=_KIND,
    )
    return key, _encoder.encode(use), encode_headers(envelope)


def decode_key_use(value: bytes) -> KeyUse:
    """Return the key use of a value; InvalidRecord says what is wrong with it."""
    try:
        return _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRecord(f"value: {error}") from None
