"""The encoding of values between Python and PostgreSQL where the driver's own does not do.

All codecs are binary because COPY knows no others.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from libs.pg.database import Connection

_JSONB_VERSION: Final = b"\x01"
_INT64, _INT32 = struct.Struct("!q"), struct.Struct("!i")
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(2000, 1, 1).toordinal()
_MICROSECOND: Final = datetime.resolution
_FIRST_MICROS: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST_MICROS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


async def set_codecs(connection: Connection) -> None:
    """Make json, jsonb, timestamptz and date columns travel as the functions below say."""
    for name, (encoder, decoder) in _CODECS.items():
        await connection.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="binary")


def _encode_jsonb(value: Any) -> bytes:
    """Encode any value; one that is JSON text already passes through untouched as `orjson.Fragment(text)`."""
    return _JSONB_VERSION + orjson.dumps(value)


def _decode_jsonb(data: bytes) -> Any:
    return orjson.loads(memoryview(data)[1:])


def _encode_timestamptz(moment: datetime) -> bytes:
    """Encode an aware datetime as the instant it is: the driver makes infinities of the first and the last."""
    since: timedelta = moment - _EPOCH
    return _INT64.pack((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _decode_timestamptz(data: bytes) -> datetime:
    """Decode to aware UTC; what no datetime can tell is the first or the last that there is."""
    micros: int = _INT64.unpack(data)[0]
    return _EPOCH + timedelta(microseconds=min(max(micros, _FIRST_MICROS), _LAST_MICROS))


def _encode_date(day: date) -> bytes:
    return _INT32.pack(day.toordinal() - _EPOCH_DAY)


def _decode_date(data: bytes) -> date:
    ordinal: int = _INT32.unpack(data)[0] + _EPOCH_DAY
    return date.fromordinal(min(max(ordinal, date.min.toordinal()), date.max.toordinal()))


_CODECS: Final[Mapping[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]]] = {
    "json": (orjson.dumps, orjson.loads),
    "jsonb": (_encode_jsonb, _decode_jsonb),
    "timestamptz": (_encode_timestamptz, _decode_timestamptz),
    "date": (_encode_date, _decode_date),
}
