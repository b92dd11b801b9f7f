"""A customer's values of several metrics at once, as rules judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from libs.pg.database import Connection
from libs.records.short_text import short_text
from services.metrics.feeding.dimensions import dims_of
from services.metrics.values.model import NotCurrent, ShownEdition, ValueReading, WantedValue
from services.metrics.values.store import ValueStore


@dataclass(frozen=True, slots=True)
class _LookUp:
    """An edition, and the dimensions whose value is read: None for the value over all of them."""

    of: ShownEdition
    dims: str | None

    def answer(self, value: Decimal | None, computed_at: datetime | None) -> ValueReading:
        return ValueReading(metric_name=self.of.name, function=self.of.function, value=value, computed_at=computed_at)


async def read_values(
    conn: Connection, tenant_id: str, customer: str, wanted: Sequence[WantedValue], at_ms: int, *, is_now: bool
) -> Sequence[ValueReading]:
    """Return a customer's value of each of the `wanted` as of an instant, in their order.

    Where that `is_now`, only those of realtime metrics are computed for it, the others are as they are stored; over all
    dimensions that is what the stored ones come to together. `conn` has entered the read model. Raises ModelBehind.
    """
    store, whose = ValueStore(conn, tenant_id), short_text(customer)
    shown = await store.shown(sorted({one.metric_id for one in wanted}))
    readings = [_look_up(shown.get(one.metric_id), one) for one in wanted]
    look_ups = {place: one for place, one in enumerate(readings) if isinstance(one, _LookUp)}
    computed = {place: one for place, one in look_ups.items() if not is_now or one.of.is_live}
    stored = {place: one for place, one in look_ups.items() if place not in computed}
    values: list[tuple[Decimal | None, datetime | None]] = []
    if computed:
        values += await store.computed_together(_pairs(computed), whose, at_ms)
    if stored:
        values += await store.stored_together(_pairs(stored), whose)
    answers = {place: look_ups[place].answer(*value) for place, value in zip((*computed, *stored), values, strict=True)}
    return [one if isinstance(one, ValueReading) else answers[place] for place, one in enumerate(readings)]


def _pairs(look_ups: Mapping[int, _LookUp]) -> list[tuple[ShownEdition, str | None]]:
    return [(one.of, one.dims) for one in look_ups.values()]


def _look_up(shown: ShownEdition | NotCurrent | None, one: WantedValue) -> _LookUp | ValueReading:
    if shown is None:
        return ValueReading(missing="metric_deleted")
    if isinstance(shown, NotCurrent):
        return ValueReading(metric_name=shown.name, missing="not_current")
    dims = None if one.dimensions is None else dims_of(shown.dimensions, one.dimensions)
    if one.dimensions is not None and dims is None:
        return ValueReading(metric_name=shown.name, function=shown.function, missing="dimensions_changed")
    return _LookUp(shown, dims)
