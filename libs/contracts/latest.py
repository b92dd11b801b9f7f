"""Records of compacted topics: the latest state of an object, whose version its record's id ends with."""

from __future__ import annotations

from typing import Protocol

import msgspec

from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.times import format_ms
from libs.contracts.topics import object_key

_encoder = msgspec.json.Encoder()


class Versioned(Protocol):
    """The body of a latest record: one version of an object of a tenant."""

    @property
    def tenant_id(self) -> str:
        """The tenant of the object."""
        ...

    @property
    def id(self) -> str:
        """The object's id within its tenant and kind."""
        ...

    @property
    def version(self) -> int:
        """The number that rises with each record of the object."""
        ...


def encode_latest(
    body: Versioned, kind: str, *, record_type: str, source: str, timestamp_ms: int
) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a latest record; `source` is the last part of the record's source."""
    key = object_key(kind, body.tenant_id, body.id)
    envelope = Envelope(
        id=f"{key}:{body.version}",
        source=f"waymark/{body.tenant_id}/{source}",
        type=record_type,
        time=format_ms(timestamp_ms),
        tenant_id=body.tenant_id,
        subject=body.id,
        resource_type=kind,
    )
    return key, _encoder.encode(body), encode_headers(envelope)
