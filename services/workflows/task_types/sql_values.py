"""JSON values as parameters of SQL by the parameters' types, and columns as JSON values."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import asyncpg
import orjson

from libs.contracts.times import format_time, parse_time
from services.workflows.task_types.model import Json

_LARGEST_INTEGER: Final = 2**63


def to_sql(value: Json, type_name: str) -> Any:
    """Return a JSON value as the driver takes it for a type: `timestamptz`, `int4[]`. Raises ValueError."""
    if value is None:
        return None
    if type_name in ("json", "jsonb"):
        return orjson.dumps(value).decode()
    if type_name.endswith("[]"):
        if not isinstance(value, list):
            raise ValueError("an array is expected")
        return [to_sql(one, type_name.removesuffix("[]")) for one in value]
    convert = _CONVERSIONS.get(type_name)
    return value if convert is None else convert(value)


def to_json(value: Any) -> Json:  # noqa: PLR0911
    """Return a column's value as JSON: times as RFC 3339, bytes in base64, numbers as exact as JSON's, else text."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if -_LARGEST_INTEGER <= value < _LARGEST_INTEGER else str(value)
        case float():
            return value if value - value == 0 else str(value)
        case Decimal():
            return _number(value)
        case datetime():
            return format_time(value) if value.tzinfo is not None else value.isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return base64.b64encode(value).decode()
        case asyncpg.Record():
            return {name: to_json(inner) for name, inner in value.items()}
        case list() | tuple() | set():
            return [to_json(inner) for inner in value]
        case _:
            return str(value)


def column_to_json(value: Any, type_name: str) -> Json:
    """Return a column's value by the column's type."""
    if value is not None and type_name in ("json", "jsonb"):
        return orjson.loads(value)
    return to_json(value)


def _number(value: Decimal) -> Json:
    """Return the number where a double is exactly as it, else its text: money loses no digit."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and abs(value) < _LARGEST_INTEGER:
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _whole(value: Json) -> Json:
    return int(value) if isinstance(value, str) or (isinstance(value, float) and value.is_integer()) else value


def _day(value: Json) -> date:
    return date.fromisoformat(str(value)[:10])


def _local_time(value: Json) -> datetime:
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


_CONVERSIONS: Final[Mapping[str, Callable[[Json], Any]]] = {
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "citext"), _text),
    **dict.fromkeys(("int2", "int4", "int8"), _whole),
    **dict.fromkeys(("float4", "float8"), float),
    "numeric": lambda value: Decimal(str(value)),
    "uuid": lambda value: uuid.UUID(str(value)),
    "timestamptz": lambda value: parse_time(str(value)),
    "timestamp": _local_time,
    "date": _day,
    "time": lambda value: time.fromisoformat(str(value)),
    "interval": lambda value: timedelta(seconds=float(value)),
    "bytea": lambda value: base64.b64decode(str(value), validate=True),
}
