"""The wire shape of `waymark.metric-values.v1`: a customer's value of a behavioural metric, and its end.

A value is a JSON number in plain notation, exact to the digit.
"""

from __future__ import annotations

import uuid
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.events import platform_source
from libs.contracts.paths import METRICS
from libs.contracts.prefixed_ids import prefixed_id, read_prefixed_id
from libs.contracts.times import parse_time, to_ms

BEHAVIORAL_METRIC: Final = "behavioral_metric"
CHANGED: Final = "waymark.metric_value.changed.v1"
REMOVED: Final = "waymark.metric_value.removed.v1"
_METRIC: Final = "metric"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:metric-value")


class MetricValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A customer's value over the window from `from` (null for all time) to `to`, of `recordCount` records.

    Times are RFC 3339. `previousValue` is the value that was published before, null where there was none.
    """

    id: str
    metric_id: str
    metric_name: str
    customer_id: str
    dimensions: dict[str, str | int | float | bool | None]
    value: msgspec.Raw
    record_count: int
    from_: str | None = msgspec.field(name="from")
    to: str
    computed_at: str
    previous_value: msgspec.Raw = msgspec.Raw(b"null")


class ValueKey(NamedTuple):
    """The key of a customer's value of a metric; `dims` is the JSON text of the dimensions' values, `[]` for none."""

    tenant_id: str
    metric_id: uuid.UUID
    customer: str
    dims: str

    @property
    def value_id(self) -> str:
        """The id of the value, the same as long as the metric lives."""
        name = f"{self.tenant_id}/{self.metric_id}/{self.dims}/{self.customer}"
        return f"mv_{uuid.uuid5(_NAMESPACE, name).hex}"

    @property
    def record_key(self) -> str:
        """The key of the value's records: the last of them is kept."""
        key = f"{self.tenant_id}:{metric_text(self.metric_id)}:{self.customer}"
        return key if self.dims == "[]" else f"{key}:{sha256(self.dims.encode()).hexdigest()[:32]}"


def metric_text(metric_id: uuid.UUID) -> str:
    """Return the id of a metric as clients have it."""
    return prefixed_id(_METRIC, metric_id)


def read_metric_id(text: str) -> uuid.UUID | None:
    """Return the id of a metric that clients have as `text`; None for a text that is none."""
    return read_prefixed_id(_METRIC, text)


_encoder = msgspec.json.Encoder()


def encode_metric_value(key: ValueKey, value: MetricValue) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a changed value."""
    return key.record_key, _encoder.encode(value), encode_headers(_envelope(key, CHANGED, value.computed_at))


def encode_removed(key: ValueKey, computed_at: str) -> tuple[str, None, Headers]:
    """Return key and headers of the tombstone of a value of which nothing is left."""
    return key.record_key, None, encode_headers(_envelope(key, REMOVED, computed_at))


def _envelope(key: ValueKey, record_type: str, computed_at: str) -> Envelope:
    return Envelope(
        id=f"{key.value_id}:{to_ms(parse_time(computed_at))}",
        source=platform_source(key.tenant_id, METRICS),
        type=record_type,
        time=computed_at,
        tenant_id=key.tenant_id,
        subject=key.customer,
        resource_type=BEHAVIORAL_METRIC,
    )
